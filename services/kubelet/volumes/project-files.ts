import type { KeyToPath } from "../../../gen/typernetes/core/v1/volume_source.ts";
import { ConfigError } from "../env/config-error.ts";
import type { ReferredData } from "../env/referred-objects.ts";

/** A file of a volume. */
export interface ProjectedFile {
  /** Below the volume's root. */
  path: string;
  content: Buffer;
  mode: number;
  /** Its owner; whoever runs the kubelet when absent. */
  uid?: number;
}

/** How a volume wants its source's keys. */
export interface Projection {
  items?: KeyToPath[] | undefined;
  defaultMode?: number | undefined;
  optional?: boolean | undefined;
}

/** What a missing key is called in Kubernetes' events. */
export type ProjectedKind = "configmap references non-existent config key" | "references non-existent secret key";

/** Which keys become which files: all under their own names, or those that `items` names. @throws ConfigError */
export function projectFiles(data: ReferredData, projection: Projection, missing: ProjectedKind): ProjectedFile[] {
  const { items, defaultMode: mode = 0o644, optional = false } = projection;
  if (!items?.length) return [...data].map(([path, content]) => ({ path, content, mode }));
  return items.flatMap(({ key = "", path = "", mode: own }) => {
    const content = data.get(key);
    if (!content && !optional) throw new ConfigError(`${missing}: ${key}`);
    return content ? [{ path, content, mode: own ?? mode }] : [];
  });
}
