import { spliceResourceVersion } from "../../../lib/api/splice.ts";
import { deepFreeze } from "../../../lib/base/plain-data.ts";
import { EncodedMessage } from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";

/** An object as the store has it. */
export interface StoredObject {
  /** Frozen, with its resource version. */
  readonly object: ApiObject;
  /** Its encoding, with its resource version. */
  readonly bytes: Uint8Array;
  readonly revision: number;
  /** Whether it was read from the store itself, not from the cache, which may be behind. */
  readonly certain: boolean;
}

/** The answer of a write: both forms made from what was written. Without a revision (a dry run) it has no resource version. */
export class WrittenAnswer extends EncodedMessage<ApiObject> {
  readonly #object: ApiObject;
  readonly #revision: number | undefined;

  constructor(stored: Uint8Array, object: ApiObject, revision: number | undefined) {
    super(
      () => (revision === undefined ? stored : spliceResourceVersion(stored, revision)),
      () => deepFreeze(this.unfrozen()),
    );
    this.#object = object;
    this.#revision = revision;
  }

  /** The object for who writes it down at once, and neither keeps nor changes it. */
  unfrozen(): ApiObject {
    const version = this.#revision === undefined ? undefined : String(this.#revision);
    if (this.#object.metadata?.resourceVersion === version) return this.#object;
    const metadata = { ...this.#object.metadata };
    // It comes last, as in what is stored.
    delete metadata.resourceVersion;
    if (version !== undefined) metadata.resourceVersion = version;
    return { ...this.#object, metadata };
  }
}
