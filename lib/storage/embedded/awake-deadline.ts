/**
 * Settles as `work` does, or rejects when that takes longer than `steps` of `stepMs` each. A process that was stopped,
 * or too busy to listen, has not waited meanwhile: however long that was, it counts as one step.
 */
export async function withAwakeDeadline(work: Promise<void>, steps: number, stepMs = 1_000): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const wait = (left: number) => {
      if (left === 0) reject(new Error(`no answer from the disk within ${steps * stepMs} ms`));
      else timer = setTimeout(() => wait(left - 1), stepMs);
    };
    wait(steps);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
