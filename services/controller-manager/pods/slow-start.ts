/**
 * Calls `run` for 0 to `count` - 1 in growing batches (1, 2, 4, …), so that a fault that hits all is met few times. Stops
 * after the first batch with a failure. Answers how many succeeded, and the first error.
 */
export async function slowStart(
  count: number,
  run: (index: number) => Promise<void>,
): Promise<{ succeeded: number; error?: unknown }> {
  let succeeded = 0;
  for (let batch = 1; succeeded < count; batch *= 2) {
    const start = succeeded;
    const size = Math.min(batch, count - start);
    const results = await Promise.allSettled(Array.from({ length: size }, (_, index) => run(start + index)));
    const failure = results.find((result) => result.status === "rejected");
    succeeded += results.filter((result) => result.status === "fulfilled").length;
    if (failure) return { succeeded, error: failure.reason };
  }
  return { succeeded };
}
