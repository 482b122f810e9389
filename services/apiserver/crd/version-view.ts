import type { CustomResourceDefinition } from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import type { Core } from "../core.ts";
import type { ResourceInfo } from "../resource-info.ts";
import type { View } from "../views/view.ts";
import type { CustomKind } from "./custom-kind.ts";

/** A version as a view of the objects that are stored. */
export interface VersionView extends View {
  /** The stored kind, for writes that come in this version. */
  readonly info: ResourceInfo;
}

/** How a version shows the stored objects; undefined for the version in which they are stored. */
export function versionView(
  _core: Core,
  _definition: CustomResourceDefinition,
  kind: CustomKind,
  storage: ResourceInfo,
): VersionView | undefined {
  if (kind.info === storage) return undefined;
  return undefined;
}
