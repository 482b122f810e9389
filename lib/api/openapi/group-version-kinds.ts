import { resources } from "../../../gen/schema.ts";
import { namesItself } from "../message-of-kind.ts";

/** What `x-kubernetes-group-version-kind` says. */
export interface GroupVersionKind {
  readonly group: string;
  readonly kind: string;
  readonly version: string;
}

const groupOfPackage = new Map(
  resources.map(({ group, message }) => [message.slice(0, message.indexOf(".")), group] as const),
);

/** Groups and versions that have contracts, in order. */
const groupVersions = [
  ...new Map(resources.map(({ group, version }) => [`${group}/${version}`, { group, version }])).values(),
].sort((left, right) => (`${left.group}/${left.version}` < `${right.group}/${right.version}` ? -1 : 1));

/** Kinds that every group has. */
const ofEveryGroup = new Set(["DeleteOptions", "WatchEvent"]);
/** Kinds of shared metadata that are answers by themselves. */
const ofNoGroup = new Set(["APIGroup", "APIGroupList", "APIResourceList", "APIVersions", "Status"]);

/** The kinds that objects of a message may be; empty for parts of objects. */
export function groupVersionKinds(message: string): GroupVersionKind[] {
  const [packageName = "", version = "", kind = ""] = message.split(".");
  if (packageName === "meta") {
    if (ofEveryGroup.has(kind))
      return groupVersions.map((each) => ({ group: each.group, kind, version: each.version }));
    return ofNoGroup.has(kind) ? [{ group: "", kind, version }] : [];
  }
  const group = groupOfPackage.get(packageName);
  if (group === undefined || !namesItself(message) || kind.endsWith("Options")) return [];
  return [{ group, kind, version }];
}
