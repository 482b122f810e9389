/** Passes warnings on unless the round before had them too: what goes on being wrong is told once. */
export class NewWarnings {
  readonly #report: (message: string) => void;
  #before = new Set<string>();
  #now = new Set<string>();

  constructor(report: (message: string) => void = () => {}) {
    this.#report = report;
  }

  /** Begins a round, such as an apply. */
  nextRound(): void {
    this.#before = this.#now;
    this.#now = new Set();
  }

  readonly warn = (message: string): void => {
    if (!this.#before.has(message) && !this.#now.has(message)) this.#report(message);
    this.#now.add(message);
  };
}
