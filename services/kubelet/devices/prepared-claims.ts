import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Device } from "../../../gen/k8s/io/kubelet/pkg/apis/dra/v1/dra_plugin.ts";

/** A claim that drivers have made ready, or are about to. */
export interface PreparedClaim {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The pods that use it, by uid. */
  pods: string[];
  /** What each driver has answered; nothing while it has not. */
  drivers: Record<string, Device[] | null>;
}

/** Remembers, over restarts too, which claims are ready: drivers are to be told when they are not needed any more. */
export class PreparedClaims {
  readonly #path: string;
  readonly #claims = new Map<string, PreparedClaim>();
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  async load(): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true });
    const text = await readFile(this.#path, "utf8").catch(() => undefined);
    const claims: PreparedClaim[] = text === undefined ? [] : JSON.parse(text);
    for (const claim of claims) this.#claims.set(claim.uid, claim);
  }

  get(uid: string): PreparedClaim | undefined {
    return this.#claims.get(uid);
  }

  /** Those that a pod uses. */
  ofPod(uid: string): PreparedClaim[] {
    return [...this.#claims.values()].filter(({ pods }) => pods.includes(uid));
  }

  put(claim: PreparedClaim): Promise<void> {
    this.#claims.set(claim.uid, claim);
    return this.save();
  }

  remove(uid: string): Promise<void> {
    this.#claims.delete(uid);
    return this.save();
  }

  /** Resolves when the disk has what is known now. */
  save(): Promise<void> {
    const written = this.#writing.then(() => this.#write());
    this.#writing = written.catch(() => {});
    return written;
  }

  async #write(): Promise<void> {
    const fresh = `${this.#path}.new`;
    await writeFile(fresh, JSON.stringify([...this.#claims.values()]));
    await rename(fresh, this.#path);
  }
}
