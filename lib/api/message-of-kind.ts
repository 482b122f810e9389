import { messages, resources } from "../../gen/schema.ts";
import { parseApiVersion } from "./api-version.ts";

/** Packages of groups that have no resources. */
const packages = new Map([
  ["meta", "meta"],
  ["meta.k8s.io", "meta"],
  ["admission.k8s.io", "admission"],
  ["apidiscovery.k8s.io", "apidiscovery"],
  ["custom.metrics.k8s.io", "custommetrics"],
  ["external.metrics.k8s.io", "externalmetrics"],
]);
for (const { group, message } of resources) packages.set(group, message.slice(0, message.indexOf(".")));

/** Kinds of every group and version: what requests are asked with, and what watches answer. */
const everywhere = /^(?:(?:Apply|Create|Delete|Get|List|Patch|Table|Update)Options|Status|WatchEvent)$/;
/** The number of `kind` in messages that are objects by themselves. */
const kindNumber = 1002;

/** The message (`core.v1.Pod`) of what JSON names by `apiVersion` and `kind`; undefined when the contracts have none. */
export function messageOfKind(apiVersion: string, kind: string): string | undefined {
  const parsed = parseApiVersion(apiVersion);
  if (!parsed) return undefined;
  const found = messageNamed(parsed.group, parsed.version, kind);
  return found !== undefined && namesItself(found) ? found : undefined;
}

/** The message of a kind by group (`core` or empty for the core group), version and name, whether its JSON says so or not. */
export function messageNamed(group: string, version: string, kind: string): string | undefined {
  const packageName = packages.get(group === "core" ? "" : group);
  if (packageName === undefined) return undefined;
  const candidates = [`${packageName}.${version}.${kind}`];
  // What all groups share was of the core group before it was shared.
  if (packageName === "core" || everywhere.test(kind)) candidates.push(`meta.v1.${kind}`);
  return candidates.find((name) => Object.hasOwn(messages, name));
}

/** Whether objects of the message say their own `apiVersion` and `kind`; references say those of others. */
export function namesItself(message: string): boolean {
  return messages[message]?.fields.some((field) => field.name === "kind" && field.number === kindNumber) === true;
}
