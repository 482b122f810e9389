import { lastingAddresses } from "../../lib/net/lasting-addresses.ts";
import type { AdmissionConfiguration } from "./admission/admission-configuration.ts";
import type { AuditOptions } from "./audit/audit-options.ts";
import type { AuthOptions } from "./auth/auth-options.ts";
import type { EncryptionRules } from "./encryption/encryption-configuration.ts";

/** Where an apiserver can be reached from outside its process. */
export interface ListenOptions {
  /** Where the cluster's authority and certificates are; made at the first start. */
  pkiDirectory: string;
  /** Address to listen on; all when absent. */
  host?: string;
  /** 0 chooses a free one. */
  grpcPort: number;
  /** The REST API. 0 chooses a free one. */
  httpsPort: number;
  /** Names and addresses in the serving certificate besides the machine's own. */
  servingNames?: readonly string[];
}

export interface ApiserverOptions {
  /** Absent: only clients in the same process are served. */
  listen?: ListenOptions;
  /** The address under which the cluster's members find this apiserver; the machine's own when absent. */
  advertiseAddress?: string;
  /** Where cluster addresses of services come from: a range, or one of each family separated by a comma, the first one preferred. */
  serviceClusterIpRange?: string;
  /** First and last node port of services. */
  serviceNodePortRange?: readonly [first: number, last: number];
  /** Admission plugins that are asked besides those that usually are, by name. */
  enableAdmissionPlugins?: readonly string[];
  /** Admission plugins that are left out, by name. */
  disableAdmissionPlugins?: readonly string[];
  /** What admission plugins are told. */
  admissionConfiguration?: AdmissionConfiguration;
  /** Who is known and who may do what. */
  auth?: AuthOptions;
  /** What is written down of requests; nothing when absent. */
  audit?: AuditOptions;
  /** Requests that are worked on at once, shared out by priority; 0 for no limit, 600 when absent. */
  totalConcurrency?: number;
  /** As long as a request may last that is not open for as long as its client wants; 60 s when absent. */
  requestTimeoutMs?: number;
  /** Which values are kept encrypted, and how; none when absent. */
  encryption?: EncryptionRules;
}

export const defaultServiceClusterIpRange = "10.96.0.0/16";
export const defaultServiceNodePortRange = [30000, 32767] as const;

/** The machine's first IPv4 address that others can use; loopback when it has none. */
export function machineAddress(): string {
  return lastingAddresses().find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";
}

export const defaultGrpcPort = 6444;
export const defaultHttpsPort = 6443;

/** Reads `30000-32767`. @throws TypeError. */
export function parsePortRange(text: string): readonly [first: number, last: number] {
  const [, first, last] = /^(\d{1,5})-(\d{1,5})$/.exec(text)?.map(Number) ?? [];
  if (first === undefined || last === undefined || first < 1 || last > 65535 || last < first) {
    throw new TypeError(`a range of ports is written first-last, such as 30000-32767, not ${JSON.stringify(text)}`);
  }
  return [first, last];
}
