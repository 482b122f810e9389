import type { ResourceSchema } from "../../../gen/schema.ts";
import type { ForeignVersion } from "../aggregation/foreign-groups.ts";
import type { ServedResource } from "../served-resources.ts";
import { byPlural, subresourceKind, verbsOf } from "./api-resources.ts";
import type { GroupVersions } from "./discovery.ts";

/** The `APIGroupDiscoveryList` of groups: all that discovery has to say, at once. */
export function aggregatedGroups(
  groups: readonly GroupVersions[],
  served: readonly ServedResource[],
  foreign: readonly ForeignVersion[],
  apiVersion: string,
): object {
  const items = groups.map(({ group, versions }) => ({
    metadata: { ...(group && { name: group }), creationTimestamp: null },
    versions: versions.map((version) => {
      const remote = foreign.find((each) => each.group === group && each.version === version);
      const resources = remote?.resources ?? resourcesOf(served, group, version);
      return { version, resources, freshness: remote && !remote.isCurrent ? "Stale" : "Current" };
    }),
  }));
  return { kind: "APIGroupDiscoveryList", apiVersion: `apidiscovery.k8s.io/${apiVersion}`, metadata: {}, items };
}

function resourcesOf(served: readonly ServedResource[], group: string, version: string): object[] {
  return served
    .map(({ schema }) => schema)
    .filter((schema) => schema.group === group && schema.version === version)
    .sort(byPlural)
    .map(entryOf);
}

function entryOf(schema: ResourceSchema): object {
  const { group, version, kind, plural, singular, namespaced, shortNames, categories, subresources } = schema;
  return {
    resource: plural,
    responseKind: { group, version, kind },
    scope: namespaced ? "Namespaced" : "Cluster",
    singularResource: singular,
    verbs: verbsOf(schema),
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
    ...(subresources.length > 0 && { subresources: [...subresources].sort().map((name) => subEntry(schema, name)) }),
  };
}

function subEntry(schema: ResourceSchema, subresource: string): object {
  const { group = schema.group, version = schema.version, kind, verbs } = subresourceKind(schema, subresource);
  return { subresource, responseKind: { group, version, kind }, verbs };
}
