import type { ResourceInfo } from "../../../lib/api/resource-info.ts";

/** A kind as it stands before an object's name: `pod`, `deployment.apps`. */
export function kindPrefix({ kind, group }: Pick<ResourceInfo, "kind" | "group">): string {
  return group ? `${kind.toLowerCase()}.${group}` : kind.toLowerCase();
}

/** An object as messages name it: `pod/web`, `deployment.apps/web`. */
export function objectName(info: Pick<ResourceInfo, "kind" | "group">, name: string | undefined): string {
  return `${kindPrefix(info)}/${name ?? ""}`;
}
