import { type Store, StoreError } from "../../../lib/storage/store.ts";

/** Where an apiserver is reached. */
export interface ApiserverPlace {
  address: string;
  port: number;
}

const prefix = "/registry/masterleases/";
/** An apiserver that has not renewed its lease for this long is taken to be gone. */
const ttlSeconds = 15;
const attemptsMax = 5;

/** Which apiservers of a store are alive: each holds a lease in it, which removes itself when it is not renewed. */
export class ApiserverLeases {
  readonly #store: Store;
  readonly #own: ApiserverPlace;
  readonly #key: string;

  constructor(store: Store, own: ApiserverPlace) {
    this.#store = store;
    this.#own = own;
    this.#key = `${prefix}${own.address}:${own.port}`;
  }

  /** Says that this apiserver is alive. */
  async renew(): Promise<void> {
    const value = Buffer.from(JSON.stringify(this.#own));
    for (let attempt = 1; ; attempt++) {
      const held = await this.#store.get(this.#key);
      try {
        if (held) await this.#store.update(this.#key, value, held.revision, { ttlSeconds });
        else await this.#store.create(this.#key, value, { ttlSeconds });
        return;
      } catch (error) {
        // It ended, or was renewed by the one before this one at the same place.
        if (!isRaced(error) || attempt === attemptsMax) throw error;
      }
    }
  }

  /** Says that this apiserver ends. */
  async remove(): Promise<void> {
    const held = await this.#store.get(this.#key);
    if (!held) return;
    await this.#store.delete(this.#key, held.revision).catch((error) => {
      if (!isRaced(error)) throw error;
    });
  }

  /** All that are alive, in a fixed order. */
  async living(): Promise<ApiserverPlace[]> {
    const { entries } = await this.#store.range(prefix);
    return entries.map(({ value }): ApiserverPlace => JSON.parse(Buffer.from(value).toString()));
  }
}

function isRaced(error: unknown): boolean {
  return error instanceof StoreError && ["Exists", "NotFound", "Conflict"].includes(error.code);
}
