import type { ApiObject } from "../../../lib/resources/strategy.ts";

/** What selectors look at. */
export interface IndexedFields {
  readonly labels: Readonly<Record<string, string>>;
  /** Values by field path, `metadata.name` and `metadata.namespace` included. */
  readonly fields: Readonly<Record<string, string>>;
}

/** One object at one revision: its encoding, and what was made from that on demand. Never changed but for those. */
export class CachedObject {
  /** The key in the store. */
  readonly key: string;
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
  readonly revision: number;
  /** The encoding with its resource version. */
  readonly bytes: Uint8Array;
  /** Selector input, once somebody selected. */
  index: IndexedFields | undefined;
  /** The decoded object, as long as anybody uses it. */
  decoded: WeakRef<ApiObject> | undefined;
  /** Other encodings, with their resource version, kept by `EncodedObjects` alone. */
  json: Uint8Array | undefined;
  kubernetesProtobuf: Uint8Array | undefined;

  constructor(key: string, prefixLength: number, revision: number, bytes: Uint8Array) {
    const slash = key.indexOf("/", prefixLength);
    this.key = key;
    this.namespace = slash < 0 ? "" : key.slice(prefixLength, slash);
    this.name = key.slice((slash < 0 ? prefixLength - 1 : slash) + 1);
    this.revision = revision;
    this.bytes = bytes;
  }
}
