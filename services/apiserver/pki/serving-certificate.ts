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
  #stopped = false;
  #cancel: () => void = () => {};

  private constructor(deps: ServingCertificateDeps, pair: CertificatePair) {
    this.#deps = deps;
    this.#pair = pair;
  }

  /** Finds or makes the certificate. */
  static async open(deps: ServingCertificateDeps): Promise<ServingCertificate> {
    return new ServingCertificate(deps, await findOrMake(deps));
  }

  get pair(): CertificatePair {
    return this.#pair;
  }

  /** Begins to look for changes; `onChange` gets each new certificate. */
  watch(onChange: (pair: CertificatePair) => void): void {
    if (this.#stopped) return;
    this.#cancel = this.#deps.clock.schedule(checkIntervalMs, () => {
      void this.#check(onChange).then(() => this.watch(onChange));
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  async #check(onChange: (pair: CertificatePair) => void): Promise<void> {
    try {
      const pair = await findOrMake(this.#deps);
      if (this.#stopped || pair.cert === this.#pair.cert) return;
      this.#pair = pair;
      onChange(pair);
      this.#deps.logger.info({}, "serving with a new certificate");
    } catch (error) {
      this.#deps.logger.error({ err: error }, "the serving certificate could not be renewed");
    }
  }
}

function findOrMake({ pki, names }: ServingCertificateDeps): Promise<CertificatePair> {
  const all = [...fixedNames, hostname(), ...machineAddresses(), ...names];
  return pki.servingCertificate("apiserver", all, "kube-apiserver");
}

/** Every address of the machine; link-local ones, which nobody names without a zone, are left out. */
function machineAddresses(): string[] {
  const found = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return found.map(({ address }) => address).filter((address) => !address.startsWith("fe80:"));
}
