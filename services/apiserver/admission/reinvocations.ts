import { deepEqual } from "../../../lib/api/deep.ts";

/** Who has changed a request's object and wants to be asked again when others change it after them. */
export class Reinvocations {
  readonly #invoked = new Set<string>();
  readonly #due = new Set<string>();
  #lastSeen: unknown;

  /** A pass begins with an object; in a second one others may have changed it since the first. */
  begin(object: unknown, isAgain: boolean): void {
    if (isAgain && !deepEqual(this.#lastSeen, object)) this.changed();
  }

  /** A pass ends with an object. */
  end(object: unknown): void {
    this.#lastSeen = object;
  }

  /** Somebody has been asked who may be asked again. */
  invoked(key: string): void {
    this.#invoked.add(key);
  }

  /** The object has changed: all who were asked before are due. */
  changed(): void {
    for (const key of this.#invoked) this.#due.add(key);
    this.#invoked.clear();
  }

  /** Whether somebody is to be asked in a second pass. */
  isDue(key: string): boolean {
    return this.#due.has(key);
  }
}
