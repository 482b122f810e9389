import { readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import type {
  Container,
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  FileKeySelector,
} from "../../../gen/typernetes/core/v1/pod.ts";
import type { PodPass } from "../hooks/hook.ts";
import { ConfigError } from "./config-error.ts";
import { expandVariables } from "./expand-variables.ts";
import { fieldValue } from "./field-reference.ts";
import { type ReferredData, ReferredObjects, secretsOf, textsOf } from "./referred-objects.ts";
import { resourceValue, wholeNode } from "./resource-reference.ts";
import { serviceEnv } from "./service-env.ts";
import { parseVariables } from "./variables-file.ts";

/** What an environment is made from. */
export type EnvFacts = Pick<PodPass, "node" | "pod" | "observed" | "volumePaths">;

/**
 * A container's environment, in Kubernetes' order: `envFrom`, then `env` (which may use what came before), then the
 * variables of services where nothing has their name. @throws ConfigError when a source is missing.
 */
export async function containerEnv(facts: EnvFacts, container: Container): Promise<{ name: string; value: string }[]> {
  const services = podServices(facts);
  const objects = new ReferredObjects(facts.node.client, facts.pod.metadata?.namespace);
  const env = new Map<string, string>();
  for (const source of container.envFrom ?? []) await addAll(objects, env, source);
  for (const variable of container.env ?? []) {
    const value = variable.valueFrom
      ? await valueFrom(facts, objects, container, variable.valueFrom)
      : plainValue(variable, env, services);
    if (value !== undefined) env.set(variable.name ?? "", value);
  }
  for (const [name, value] of services) if (!env.has(name)) env.set(name, value);
  return [...env].map(([name, value]) => ({ name, value }));
}

/** The services that the pod is told of: those of its namespace where it wants them, and the API server always. */
function podServices({ node, pod }: EnvFacts): ReadonlyMap<string, string> {
  const own = (pod.spec?.enableServiceLinks ?? true) ? node.services.list(pod.metadata?.namespace) : [];
  const kubernetes = node.services.get("default", "kubernetes");
  return serviceEnv(kubernetes && !own.includes(kubernetes) ? [kubernetes, ...own] : own);
}

async function addAll(objects: ReferredObjects, env: Map<string, string>, source: EnvFromSource): Promise<void> {
  const { configMapRef, secretRef, prefix = "" } = source;
  const data = configMapRef
    ? textsOf(await objects.configMap(configMapRef))
    : secretsOf(secretRef && (await objects.secret(secretRef)));
  for (const [key, value] of data) env.set(`${prefix}${key}`, value.toString());
}

function plainValue(
  { value = "" }: EnvVar,
  env: ReadonlyMap<string, string>,
  services: ReadonlyMap<string, string>,
): string {
  return expandVariables(value, { get: (name) => env.get(name) ?? services.get(name) });
}

async function valueFrom(
  facts: EnvFacts,
  objects: ReferredObjects,
  container: Container,
  source: EnvVarSource,
): Promise<string | undefined> {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = source;
  const { pod } = facts;
  const namespace = pod.metadata?.namespace;
  if (fieldRef) return fieldValue(pod, fieldRef.fieldPath ?? "", placeOf(facts));
  if (resourceFieldRef) return resourceValue(pod, container.name ?? "", resourceFieldRef, await wholeNode(facts.node));
  if (configMapKeyRef)
    return keyOf(textsOf(await objects.configMap(configMapKeyRef)), configMapKeyRef, `ConfigMap ${namespace}`);
  if (secretKeyRef) return keyOf(secretsOf(await objects.secret(secretKeyRef)), secretKeyRef, `Secret ${namespace}`);
  return fileKeyRef && fileValue(facts, fileKeyRef);
}

/** A key of a file that an earlier container has left in an empty directory. */
async function fileValue({ volumePaths }: EnvFacts, reference: FileKeySelector): Promise<string | undefined> {
  const { volumeName = "", path = "", key = "", optional } = reference;
  const volume = volumePaths.get(volumeName);
  if (!volume) throw new ConfigError(`volume ${volumeName} is not there`);
  const text = await readInVolume(volume.path, path);
  if (text === undefined && !optional) throw new ConfigError(`file "${path}" not found in volume "${volumeName}"`);
  const value = parseVariables(text ?? "").get(key);
  if (value === undefined && !optional)
    throw new ConfigError(`environment variable key "${key}" not found in file "${path}" of volume "${volumeName}"`);
  return value;
}

/** Undefined when it is not there. @throws ConfigError when it leads out of the volume. */
async function readInVolume(volume: string, path: string): Promise<string | undefined> {
  const [root, real] = await Promise.all([realpath(volume), realpath(join(volume, path)).catch(() => undefined)]);
  if (real === undefined) return undefined;
  if (!real.startsWith(`${root}/`)) throw new ConfigError(`file "${path}" leads out of its volume`);
  return readFile(real, "utf8");
}

function placeOf({ node, observed }: EnvFacts) {
  const { internalIP } = node.options.place;
  const ips = observed.sandbox?.ips ?? [];
  return { podIPs: ips.length > 0 ? ips : [internalIP], hostIP: internalIP };
}

function keyOf(
  data: ReferredData,
  { name, key = "", optional }: { name?: string | undefined; key?: string | undefined; optional?: boolean | undefined },
  place: string,
): string | undefined {
  const value = data.get(key)?.toString();
  if (value === undefined && !optional) throw new ConfigError(`couldn't find key ${key} in ${place}/${name}`);
  return value;
}
