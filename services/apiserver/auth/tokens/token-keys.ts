import { createHash, createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { algorithmOf } from "./jwt.ts";

/** A public key as the key set shows it (RFC 7517). */
type ShownKey = JsonWebKey & { use: string; kid: string; alg: string };

/** The key that signs the tokens of service accounts, and all whose tokens are taken. */
export class TokenKeys {
  readonly #read: () => { signing: string; further?: readonly string[] };
  #opened: { signing: KeyObject; keyId: string; publicKeys: ReadonlyMap<string, KeyObject> } | undefined;

  /** Keys as PEM; `read` is called when the first token is signed or checked. */
  constructor(read: () => { signing: string; further?: readonly string[] }) {
    this.#read = read;
  }

  get signing(): { key: KeyObject; keyId: string } {
    const { signing, keyId } = this.#open();
    return { key: signing, keyId };
  }

  /** The keys that a token may be signed with: the one that it names, or all. */
  candidates(keyId: string | undefined): KeyObject[] {
    const { publicKeys } = this.#open();
    const named = keyId === undefined ? undefined : publicKeys.get(keyId);
    return named ? [named] : [...publicKeys.values()];
  }

  /** The public keys, for those who check tokens elsewhere. */
  keySet(): { keys: ShownKey[] } {
    const keys = [...this.#open().publicKeys].map(([kid, key]) => ({
      use: "sig",
      ...key.export({ format: "jwk" }),
      kid,
      alg: algorithmOf(key),
    }));
    return { keys };
  }

  #open() {
    if (this.#opened) return this.#opened;
    const { signing: pem, further = [] } = this.#read();
    const signing = createPrivateKey(pem);
    const keys = [createPublicKey(signing), ...further.map((text) => createPublicKey(text))];
    const publicKeys = new Map(keys.map((key) => [keyIdOf(key), key]));
    this.#opened = { signing, keyId: keyIdOf(keys[0]!), publicKeys };
    return this.#opened;
  }
}

function keyIdOf(key: KeyObject): string {
  return createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest("base64url");
}
