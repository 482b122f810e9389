import { createHash } from "node:crypto";
import type { ResourceSchema } from "../../../gen/schema.ts";
import type { ServedResource } from "../served-resources.ts";

/** Any of the messages that discovery answers. */
export interface DiscoveryAnswer {
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** What a subresource is called with, where that is not its kind's own form. */
export interface SubresourceKind {
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

const ownVerbs = ["get", "patch", "update"];
const foreign: Readonly<Record<string, SubresourceKind>> = {
  scale: { group: "autoscaling", version: "v1", kind: "Scale", verbs: ownVerbs },
  eviction: { group: "policy", version: "v1", kind: "Eviction", verbs: ["create"] },
  binding: { kind: "Binding", verbs: ["create"] },
  token: { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest", verbs: ["create"] },
};
const proxyVerbs = ["create", "delete", "get", "patch", "update"];

/** The order of verbs in discovery. */
const verbOrder = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/** The verbs of a kind as discovery lists them. */
export function verbsOf({ verbs }: ResourceSchema): string[] {
  return verbOrder.filter((verb) => verbs.includes(verb));
}

/** What discovery says of a subresource. */
export function subresourceKind(schema: ResourceSchema, subresource: string): SubresourceKind {
  switch (subresource) {
    case "log":
      return { kind: schema.kind, verbs: ["get"] };
    case "exec":
    case "attach":
    case "portforward": {
      const names = { exec: "PodExecOptions", attach: "PodAttachOptions", portforward: "PodPortForwardOptions" };
      return { kind: names[subresource], verbs: ["create", "get"] };
    }
    case "proxy":
      return { kind: `${schema.kind}ProxyOptions`, verbs: proxyVerbs };
    case "finalize":
      return { kind: schema.kind, verbs: ["update"] };
    default:
      return Object.hasOwn(foreign, subresource) ? foreign[subresource]! : { kind: schema.kind, verbs: ownVerbs };
  }
}

/** The `APIResourceList` of a group's version. */
export function versionResources(served: readonly ServedResource[], group: string, version: string): DiscoveryAnswer {
  const schemas = served.map(({ schema }) => schema).filter((each) => each.group === group && each.version === version);
  const resources = schemas.sort(byPlural).flatMap((schema) => [entryOf(schema), ...subresourceEntries(schema)]);
  const groupVersion = group ? `${group}/${version}` : version;
  return { kind: "APIResourceList", ...(group && { apiVersion: "v1" }), groupVersion, resources };
}

/** Order of kinds in discovery. */
export function byPlural(left: ResourceSchema, right: ResourceSchema): number {
  return left.plural < right.plural ? -1 : 1;
}

function entryOf(schema: ResourceSchema): object {
  const { plural, singular, namespaced, kind, shortNames, categories } = schema;
  return {
    ...{ name: plural, singularName: singular, namespaced, kind, verbs: verbsOf(schema) },
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
    ...(schema.verbs.includes("watch") && { storageVersionHash: hashOf(schema) }),
  };
}

function subresourceEntries(schema: ResourceSchema): object[] {
  return [...schema.subresources].sort().map((subresource) => {
    const { group, version, kind, verbs } = subresourceKind(schema, subresource);
    return {
      ...{ name: `${schema.plural}/${subresource}`, singularName: "", namespaced: schema.namespaced },
      ...(group && { group, version }),
      ...{ kind, verbs },
    };
  });
}

/** Another one when the stored form of a kind changes. */
function hashOf({ group, version, kind }: ResourceSchema): string {
  return createHash("sha256").update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString("base64");
}
