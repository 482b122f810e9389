import type { Agent, RequestOptions } from "node:https";
import { isIP } from "node:net";
import type { APIService, APIServiceSpec } from "../../../gen/typernetes/apiregistration/v1/api_service.ts";
import { findCondition } from "../../../lib/api/conditions.ts";
import type { CertificatePair } from "../pki/pki.ts";
import type { RemoteDescription } from "./remote-description.ts";
import type { RemoteResource } from "./remote-resources.ts";
import type { Target } from "./service-target.ts";

/** A group version that another server serves. */
export class Remote {
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly spec: APIServiceSpec;
  readonly service: NonNullable<APIServiceSpec["service"]>;
  /** What was found at the last look; what was stored before there was one. */
  isAvailable: boolean;
  /** What the server says that it serves; undefined until it has. */
  resources: readonly RemoteResource[] | undefined;
  /** Names the state of its description; undefined when it has none. */
  openApiHash: string | undefined;
  /** What the server says of itself in OpenAPI v2, and the tag by which it knows that; undefined when it says nothing. */
  description: RemoteDescription | undefined;
  descriptionTag: string | undefined;
  readonly #ca: Buffer | undefined;

  constructor({ metadata, spec = {}, status }: APIService) {
    this.name = metadata?.name ?? "";
    this.group = spec.group ?? "";
    this.version = spec.version ?? "";
    this.spec = spec;
    this.service = spec.service ?? {};
    this.isAvailable = findCondition(status?.conditions, "Available")?.status === "True";
    this.#ca = spec.caBundle ? Buffer.from(spec.caBundle, "base64") : undefined;
  }

  /** How to connect to one of the servers; the certificate shows who connects. */
  connection(target: Target, pair: CertificatePair | undefined, agent: Agent): RequestOptions {
    const { name = "", namespace = "" } = this.service;
    const serverName = `${name}.${namespace}.svc`;
    return {
      ...{ ...target, agent },
      ...(isIP(serverName) === 0 && { servername: serverName }),
      ...(this.#ca && { ca: this.#ca }),
      ...(this.spec.insecureSkipTLSVerify && { rejectUnauthorized: false }),
      ...pair,
    };
  }
}
