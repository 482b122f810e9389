/** Work goes on for about this long, then other tasks of the event loop have their turn. */
const sliceMs = 4;
/** How many steps go by between two looks at the clock. */
const stepsPerLook = 32;

/** Cuts long work into slices: `if (slices.isOver()) await slices.breathe()` after each step. */
export class Slices {
  #steps = 0;
  #begun = performance.now();

  /** Whether this slice has lasted long enough. Cheap. */
  isOver(): boolean {
    return ++this.#steps % stepsPerLook === 0 && performance.now() - this.#begun > sliceMs;
  }

  /** Lets other tasks have their turn. */
  async breathe(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#begun = performance.now();
  }
}
