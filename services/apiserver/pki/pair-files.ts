import { createPrivateKey, randomUUID } from "node:crypto";
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CertificatePair } from "./pki.ts";

/**
 * Certificates and keys as files, `<name>.crt` and `<name>.key`. A key is written once, by the first of all who want it, and stays
 * when its certificate is renewed: so that a pair fits together whoever writes or reads it in between.
 */
export class PairFiles {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  path(fileName: string): string {
    return join(this.#directory, fileName);
  }

  /** Undefined when a part is missing. */
  read(name: string): CertificatePair | undefined {
    const cert = this.#read(`${name}.crt`);
    const key = this.#read(`${name}.key`);
    return cert === undefined || key === undefined ? undefined : { cert, key };
  }

  hasCertificate(name: string): boolean {
    return this.#read(`${name}.crt`) !== undefined;
  }

  /** The key that is there, and can be read as one; else a new one. */
  keepKey(name: string, make: () => string): string {
    const fileName = `${name}.key`;
    const found = this.#read(fileName);
    if (found !== undefined && isKey(found)) return found;
    if (found !== undefined) rmSync(this.path(fileName), { force: true });
    return this.#createOrRead(fileName, make(), 0o600);
  }

  /** The certificate that is there; else this one. */
  keepCertificate(name: string, cert: string): string {
    return this.#createOrRead(`${name}.crt`, cert, 0o644);
  }

  replaceCertificate(name: string, cert: string): void {
    const temporary = this.#writeTemporary(`${name}.crt`, cert, 0o644);
    renameSync(temporary, this.path(`${name}.crt`));
  }

  /** The file appears whole or not at all; when another one was quicker, its text is the answer. */
  #createOrRead(fileName: string, text: string, mode: number): string {
    const temporary = this.#writeTemporary(fileName, text, mode);
    try {
      linkSync(temporary, this.path(fileName));
      return text;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
      return readFileSync(this.path(fileName), "utf8");
    } finally {
      rmSync(temporary);
    }
  }

  #writeTemporary(fileName: string, text: string, mode: number): string {
    const temporary = this.path(`.${fileName}.${randomUUID()}`);
    writeFileSync(temporary, text, { mode });
    return temporary;
  }

  #read(fileName: string): string | undefined {
    try {
      return readFileSync(this.path(fileName), "utf8");
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw error;
    }
  }
}

function isKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).type === "private";
  } catch {
    return false;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
