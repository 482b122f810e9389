import type { Logger } from "../../lib/observe/logger.ts";

/** What has to be undone at the end, in the opposite order of its making. One failure does not keep the rest from it. */
export class StopList {
  readonly #logger: Logger;
  #steps: { name: string; stop: () => Promise<void> }[] = [];

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add(name: string, stop: () => Promise<void>): void {
    this.#steps.push({ name, stop });
  }

  /** Undoes everything; each step is given up after 20 s. */
  async run(): Promise<void> {
    for (const { name, stop } of this.#steps.splice(0).reverse()) {
      try {
        await withDeadline(stop(), 20_000, name);
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
