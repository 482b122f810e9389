import type { ServedResource, ServedResources } from "../../served-resources.ts";

/** A value that is made, or is to be. */
interface Pending<T> {
  /** The state for which it is made; undefined before that begins. */
  begun: number | undefined;
  readonly value: Promise<T>;
}

/** What tells of its changes. */
interface Changing {
  onChange(listener: () => void): unknown;
}

/** A value made from what is served: when it is first asked for, and again after changes. One is made at a time. */
export class Rebuilt<T> {
  readonly #served: ServedResources;
  readonly #build: (resources: readonly ServedResource[]) => Promise<T>;
  /** Counts changes. */
  #state = 0;
  #latest: Pending<T> | undefined;

  /** Made again also after changes of `others`. */
  constructor(
    served: ServedResources,
    build: (resources: readonly ServedResource[]) => Promise<T>,
    others: readonly Changing[] = [],
  ) {
    this.#served = served;
    this.#build = build;
    for (const source of [served, ...others]) source.onChange(() => this.#state++);
  }

  /** The value for what is served now. */
  get(): Promise<T> {
    const latest = this.#latest;
    // One that has not begun yet will see every change until then.
    if (latest && (latest.begun === undefined || latest.begun === this.#state)) return latest.value;
    const next: Pending<T> = { begun: undefined, value: this.#next(latest?.value, () => (next.begun = this.#state)) };
    this.#latest = next;
    // A failure is for those who wait; who asks next tries again.
    next.value.catch(() => {
      if (this.#latest === next) this.#latest = undefined;
    });
    return next.value;
  }

  async #next(before: Promise<T> | undefined, onBegin: () => void): Promise<T> {
    await before?.catch(() => {});
    onBegin();
    return this.#build(this.#served.all());
  }
}
