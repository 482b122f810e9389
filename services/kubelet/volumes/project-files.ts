import type { KeyToPath } from "../../../gen/typernetes/core/v1/volume_source.ts";
import { VolumeError } from "./volume-error.ts";

/** A file of a volume. */
export interface ProjectedFile {
  /** Below the volume's root. */
  path: string;
  content: Buffer;
  mode: number;
}

/** Which keys become which files: all under their own names, or those that `items` names. @throws VolumeError */
export function projectFiles(
  content: ReadonlyMap<string, Buffer>,
  source: { items?: KeyToPath[] | undefined; defaultMode?: number | undefined; optional?: boolean | undefined },
  kind: string,
): ProjectedFile[] {
  const mode = source.defaultMode ?? 0o644;
  if (!source.items) return [...content].map(([path, bytes]) => ({ path, content: bytes, mode }));
  const files: ProjectedFile[] = [];
  for (const item of source.items) {
    const bytes = content.get(item.key ?? "");
    if (bytes) files.push({ path: item.path ?? "", content: bytes, mode: item.mode ?? mode });
    else if (!source.optional) throw new VolumeError(`references non-existent ${kind} key: ${item.key}`);
  }
  return files;
}
