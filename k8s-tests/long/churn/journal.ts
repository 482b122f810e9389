/** What a test did to each object, so that a broken invariant can tell how it came to be. */
export class Journal {
  readonly #lines = new Map<string, string[]>();
  readonly #startMs = Date.now();
  #count = 0;

  /** How many operations there were. */
  get count(): number {
    return this.#count;
  }

  /** `subject` is the name of an object or of a node. */
  note(subject: string, what: string): void {
    this.#count++;
    const lines = this.#lines.get(subject) ?? [];
    lines.push(`${((Date.now() - this.#startMs) / 1000).toFixed(1)} s: ${what}`);
    this.#lines.set(subject, lines);
  }

  /** What touched the subjects that a text names, and the cluster as a whole. */
  about(text: string): string[] {
    return [...this.#lines]
      .filter(([subject]) => text.includes(subject))
      .flatMap(([subject, lines]) => lines.map((line) => `${subject}: ${line}`));
  }
}
