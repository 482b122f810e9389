import type { ServedResource } from "../../served-resources.ts";

/** The kinds of a group's version. */
export interface GroupResources {
  readonly group: string;
  readonly version: string;
  /** `api/v1`, `apis/apps/v1`. */
  readonly place: string;
  readonly resources: readonly ServedResource[];
}

/** What is served, by group and version; each time in the same order. */
export function groupResources(served: readonly ServedResource[]): GroupResources[] {
  const found = new Map<string, ServedResource[]>();
  for (const resource of served) {
    const { group, version } = resource.schema;
    const place = group ? `apis/${group}/${version}` : `api/${version}`;
    const resources = found.get(place);
    if (resources) resources.push(resource);
    else found.set(place, [resource]);
  }
  return [...found]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([place, resources]) => {
      const { group = "", version = "" } = resources[0]?.schema ?? {};
      resources.sort((left, right) => (left.schema.plural < right.schema.plural ? -1 : 1));
      return { group, version, place, resources };
    });
}

/** Whether nothing has changed that a document of the group's version shows. */
export function isSame(left: readonly ServedResource[], right: readonly ServedResource[]): boolean {
  return left.length === right.length && left.every((resource, index) => resource === right[index]);
}
