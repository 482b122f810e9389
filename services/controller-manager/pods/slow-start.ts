/**
 * Calls `run` `count` times in growing batches (1, 2, 4, …), so that a fault that hits all is met few times. Stops after the
 * first batch with a failure. Answers how many succeeded, and the first error.
 */
export async function slowStart(
  count: number,
  run: () => Promise<void>,
): Promise<{ succeeded: number; error?: unknown }> {
  let succeeded = 0;
  for (let batch = 1; succeeded < count; batch *= 2) {
    const size = Math.min(batch, count - succeeded);
    const results = await Promise.allSettled(Array.from({ length: size }, run));
    const failure = results.find((result) => result.status === "rejected");
    succeeded += results.filter((result) => result.status === "fulfilled").length;
    if (failure) return { succeeded, error: failure.reason };
  }
  return { succeeded };
}
