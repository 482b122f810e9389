import { hostname, networkInterfaces } from "node:os";
import type { Clock } from "../../../lib/base/clock.ts";
import type { Logger } from "../../../lib/observe/logger.ts";
import type { CertificatePair, Pki } from "./pki.ts";

const checkIntervalMs = 10_000;
const fixedNames = [
  "localhost",
  "127.0.0.1",
  "::1",
  "kubernetes",
  "kubernetes.default",
  "kubernetes.default.svc",
  "kubernetes.default.svc.cluster.local",
];

export interface ServingCertificateDeps {
  pki: Pki;
  clock: Clock;
  logger: Logger;
  /** Names and addresses besides the machine's own. */
  names: readonly string[];
}

/**
 * The apiserver's own certificate: for every name and address of the machine, made anew when those change and before it
 * ends.
 */
export class ServingCertificate {
  readonly #deps: ServingCertificateDeps;
  #pair: CertificatePair;
  #cancel: () => void = () => {};

  constructor(deps: ServingCertificateDeps) {
    this.#deps = deps;
    this.#pair = this.#make();
  }

  get pair(): CertificatePair {
    return this.#pair;
  }

  /** Begins to look for changes; `onChange` gets each new certificate. */
  watch(onChange: (pair: CertificatePair) => void): void {
    this.#cancel = this.#deps.clock.schedule(checkIntervalMs, () => {
      this.#check(onChange);
      this.watch(onChange);
    });
  }

  stop(): void {
    this.#cancel();
  }

  #check(onChange: (pair: CertificatePair) => void): void {
    try {
      const pair = this.#make();
      if (pair.cert === this.#pair.cert) return;
      this.#pair = pair;
      onChange(pair);
      this.#deps.logger.info({}, "serving with a new certificate");
    } catch (error) {
      this.#deps.logger.error({ err: error }, "the serving certificate could not be renewed");
    }
  }

  #make(): CertificatePair {
    const names = [...fixedNames, hostname(), ...machineAddresses(), ...this.#deps.names];
    return this.#deps.pki.servingCertificate("apiserver", names, "kube-apiserver");
  }
}

/** Every address of the machine; link-local ones, which nobody names without a zone, are left out. */
function machineAddresses(): string[] {
  const found = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return found.map(({ address }) => address).filter((address) => !address.startsWith("fe80:"));
}
