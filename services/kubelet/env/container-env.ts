import type { Container, EnvFromSource, EnvVar, EnvVarSource } from "../../../gen/typernetes/core/v1/pod.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { PodPass } from "../hooks/hook.ts";
import { ConfigError } from "./config-error.ts";
import { expandVariables } from "./expand-variables.ts";
import { fieldValue } from "./field-reference.ts";
import { resourceValue } from "./resource-reference.ts";
import { serviceEnv } from "./service-env.ts";

/**
 * A container's environment, in Kubernetes' order: `envFrom`, then `env` (which may use what came before), then the
 * variables of services where nothing has their name. @throws ConfigError when a source is missing.
 */
export async function containerEnv(pass: PodPass, container: Container): Promise<{ name: string; value: string }[]> {
  const services = podServices(pass);
  const env = new Map<string, string>();
  for (const source of container.envFrom ?? []) await addAll(pass, env, source);
  for (const variable of container.env ?? []) {
    const value = await variableValue(pass, container, variable, env, services);
    if (value !== undefined) env.set(variable.name ?? "", value);
  }
  for (const [name, value] of services) if (!env.has(name)) env.set(name, value);
  return [...env].map(([name, value]) => ({ name, value }));
}

/** The services that the pod is told of: those of its namespace where it wants them, and the API server always. */
function podServices(pass: PodPass): Map<string, string> {
  const namespace = pass.pod.metadata?.namespace;
  const { services } = pass.node;
  const own = (pass.pod.spec?.enableServiceLinks ?? true) ? services.list(namespace) : [];
  const kubernetes = services.get("default", "kubernetes");
  return serviceEnv(kubernetes && !own.includes(kubernetes) ? [kubernetes, ...own] : own);
}

async function addAll(pass: PodPass, env: Map<string, string>, source: EnvFromSource): Promise<void> {
  const { configMapRef, secretRef, prefix = "" } = source;
  const reference = configMapRef ?? secretRef;
  if (!reference) return;
  const data = configMapRef
    ? await configMapData(pass, reference.name, reference.optional)
    : await secretData(pass, reference.name, reference.optional);
  for (const [key, value] of Object.entries(data ?? {})) env.set(`${prefix}${key}`, value);
}

async function variableValue(
  pass: PodPass,
  container: Container,
  variable: EnvVar,
  env: ReadonlyMap<string, string>,
  services: ReadonlyMap<string, string>,
): Promise<string | undefined> {
  if (variable.valueFrom) return valueFrom(pass, container, variable.valueFrom);
  return expandVariables(variable.value ?? "", new Map([...services, ...env]));
}

async function valueFrom(pass: PodPass, container: Container, source: EnvVarSource): Promise<string | undefined> {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = source;
  if (fieldRef) {
    const place = { podIPs: podIPs(pass), hostIP: pass.node.options.place.internalIP };
    return fieldValue(pass.pod, fieldRef.fieldPath ?? "", place);
  }
  if (resourceFieldRef) return resourceValue(pass.pod, container.name ?? "", resourceFieldRef);
  if (configMapKeyRef) {
    const { name, key = "", optional } = configMapKeyRef;
    const data = await configMapData(pass, name, optional);
    return keyOf(data, key, optional, `configmap "${name}"`, "ConfigMap", pass);
  }
  if (secretKeyRef) {
    const { name, key = "", optional } = secretKeyRef;
    const data = await secretData(pass, name, optional);
    return keyOf(data, key, optional, `secret "${name}"`, "Secret", pass);
  }
  return undefined;
}

function podIPs(pass: PodPass): readonly string[] {
  const ips = pass.observed.sandbox?.ips ?? [];
  return ips.length > 0 ? ips : [pass.node.options.place.internalIP];
}

function keyOf(
  data: Record<string, string> | undefined,
  key: string,
  optional: boolean | undefined,
  source: string,
  kind: string,
  pass: PodPass,
): string | undefined {
  const value = data?.[key];
  if (value !== undefined || optional) return value;
  const name = source.slice(source.indexOf('"') + 1, -1);
  throw new ConfigError(`couldn't find key ${key} in ${kind} ${pass.pod.metadata?.namespace}/${name}`);
}

async function configMapData(pass: PodPass, name = "", optional = false): Promise<Record<string, string> | undefined> {
  const map = await found(
    pass.node.client.core.v1.configmaps.get(name, { namespace: pass.pod.metadata?.namespace }),
    optional,
  );
  return map && (map.data ?? {});
}

async function secretData(pass: PodPass, name = "", optional = false): Promise<Record<string, string> | undefined> {
  const secret = await found(
    pass.node.client.core.v1.secrets.get(name, { namespace: pass.pod.metadata?.namespace }),
    optional,
  );
  if (!secret) return undefined;
  const entries = Object.entries(secret.data ?? {}).map(([key, value]) => [
    key,
    Buffer.from(value, "base64").toString(),
  ]);
  return Object.fromEntries(entries);
}

/** The object, or undefined when it is missing and may be. */
async function found<T>(request: Promise<T>, optional: boolean): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (!isStatusError(error, "NotFound")) throw error;
    if (optional) return undefined;
    throw new ConfigError(error.message);
  }
}
