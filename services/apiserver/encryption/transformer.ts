import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** How values of a kind are kept: a function of bytes, and back. The store's key is bound in, so that no value stands for another. */
export interface Transformer {
  /** What encrypted values begin with; empty for plain ones. */
  readonly prefix: string;
  toStore(key: string, value: Uint8Array): Uint8Array;
  /** @throws when the value was changed, or is of another key. */
  fromStore(key: string, stored: Uint8Array): Uint8Array;
}

/** What everything encrypted begins with, as in Kubernetes. */
export const encryptedPrefix = "k8s:enc:";

const nonceBytes = 12;
const tagBytes = 16;
const algorithms: Readonly<Record<number, "aes-128-gcm" | "aes-192-gcm" | "aes-256-gcm">> = {
  16: "aes-128-gcm",
  24: "aes-192-gcm",
  32: "aes-256-gcm",
};

/** Values as they are. */
export const plain: Transformer = {
  prefix: "",
  toStore: (_, value) => value,
  fromStore: (_, stored) => stored,
};

/** AES-GCM with a key of 16, 24 or 32 bytes: `k8s:enc:aesgcm:v1:<name>:`, nonce, text, tag. @throws TypeError. */
export function aesGcm(name: string, secret: Buffer): Transformer {
  const algorithm = algorithms[secret.length];
  if (!algorithm) throw new TypeError(`the key ${JSON.stringify(name)} has ${secret.length} bytes, not 16, 24 or 32`);
  const prefix = `${encryptedPrefix}aesgcm:v1:${name}:`;
  const head = Buffer.from(prefix);
  return {
    prefix,
    toStore(key, value) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, secret, nonce).setAAD(Buffer.from(key));
      return Buffer.concat([head, nonce, cipher.update(value), cipher.final(), cipher.getAuthTag()]);
    },
    fromStore(key, stored) {
      const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength).subarray(head.length);
      if (bytes.length < nonceBytes + tagBytes) throw new Error("the encrypted value is cut off");
      const decipher = createDecipheriv(algorithm, secret, bytes.subarray(0, nonceBytes))
        .setAAD(Buffer.from(key))
        .setAuthTag(bytes.subarray(-tagBytes));
      return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]);
    },
  };
}
