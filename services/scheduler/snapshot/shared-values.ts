const sharedMax = 20_000;

/** Makes equal values one, so that what thousands of pods have in common is in memory once. */
export class SharedValues {
  readonly #byText = new Map<string, unknown>();

  /** A value equal to `value`, which nobody changes: the one that was seen first. */
  one<T>(value: T): T {
    const text = JSON.stringify(value);
    if (text === undefined) return value;
    const known = this.#byText.get(text);
    // Equal texts are those of equal values, and these have one type.
    if (known !== undefined) return known as T;
    // What pods hold stays; only what comes later is no longer one with it.
    if (this.#byText.size >= sharedMax) this.#byText.clear();
    this.#byText.set(text, value);
    return value;
  }
}
