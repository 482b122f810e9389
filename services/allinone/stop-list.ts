import type { Logger } from "../../lib/observe/logger.ts";

/** What has to be undone at the end, in the opposite order of its making. One failure does not keep the rest from it. */
export class StopList {
  readonly #logger: Logger;
  #steps: { name: string; stop: () => Promise<void>; msMax: number }[] = [];

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** A step that takes longer than `msMax` is given up. */
  add(name: string, stop: () => Promise<void>, msMax = 20_000): void {
    this.#steps.push({ name, stop, msMax });
  }

  /** Undoes everything. */
  async run(): Promise<void> {
    for (const { name, stop, msMax } of this.#steps.splice(0).reverse()) {
      try {
        await withDeadline(stop(), msMax, name);
      } catch (error) {
        this.#logger.error({ err: error, step: name }, "could not stop cleanly");
      }
    }
  }
}

async function withDeadline(work: Promise<void>, ms: number, name: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} did not stop within ${ms} ms`)), ms);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
