import type { ConfigMap } from "../../../gen/typernetes/core/v1/config_map.ts";
import type { Secret } from "../../../gen/typernetes/core/v1/secret.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import type { Client } from "../../../lib/client/client.ts";
import { ConfigError } from "./config-error.ts";

/** The data of a config map or a secret, by key. */
export type ReferredData = ReadonlyMap<string, Buffer>;

/** A server that does not answer holds no pod up for long. */
const timeoutMs = 10_000;

interface Reference {
  name?: string | undefined;
  optional?: boolean | undefined;
}

/**
 * The config maps and secrets that one pod refers to, each fetched once: make a new one for each look.
 * Undefined stands for what is missing and may be. @throws ConfigError in Kubernetes' words.
 */
export class ReferredObjects {
  readonly #client: Client;
  readonly #namespace: string | undefined;
  readonly #configMaps = new Map<string, Promise<ConfigMap | undefined>>();
  readonly #secrets = new Map<string, Promise<Secret | undefined>>();

  constructor(client: Client, namespace: string | undefined) {
    this.#client = client;
    this.#namespace = namespace;
  }

  async configMap(reference: Reference): Promise<ConfigMap | undefined> {
    const { configmaps } = this.#client.core.v1;
    const known = this.#once(this.#configMaps, reference, (name) =>
      configmaps.get(name, { namespace: this.#namespace, timeoutMs }),
    );
    return orRefuse("configmap", reference, await known);
  }

  async secret(reference: Reference): Promise<Secret | undefined> {
    const { secrets } = this.#client.core.v1;
    const known = this.#once(this.#secrets, reference, (name) =>
      secrets.get(name, { namespace: this.#namespace, timeoutMs }),
    );
    return orRefuse("secret", reference, await known);
  }

  #once<T>(
    fetched: Map<string, Promise<T | undefined>>,
    { name = "" }: Reference,
    fetch: (name: string) => Promise<T>,
  ): Promise<T | undefined> {
    const known = fetched.get(name) ?? unlessMissing(fetch(name));
    fetched.set(name, known);
    return known;
  }
}

/** The texts of a config map; its bytes become no variables. */
export function textsOf(map: ConfigMap | undefined): ReferredData {
  return new Map(buffers(map?.data, "utf8"));
}

/** The texts and the bytes of a config map. */
export function allOf(map: ConfigMap | undefined): ReferredData {
  return new Map([...buffers(map?.data, "utf8"), ...buffers(map?.binaryData, "base64")]);
}

/** What a secret holds, decoded. */
export function secretsOf(secret: Secret | undefined): ReferredData {
  return new Map(buffers(secret?.data, "base64"));
}

function orRefuse<T>(kind: string, { name, optional }: Reference, object: T | undefined): T | undefined {
  if (!object && !optional) throw new ConfigError(`${kind} "${name}" not found`);
  return object;
}

async function unlessMissing<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    if (error.reason === "NotFound") return undefined;
    throw new ConfigError(error.message, { cause: error });
  }
}

function buffers(data: Record<string, string> | undefined, encoding: BufferEncoding): [string, Buffer][] {
  return Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, encoding)]);
}
