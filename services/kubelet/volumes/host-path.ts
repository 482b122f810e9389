import { type Stats, statSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { HostPathVolumeSource } from "../../../gen/typernetes/core/v1/volume_source.ts";
import { ConfigError } from "../env/config-error.ts";

const checks: Readonly<Record<string, { is: (stats: Stats) => boolean; what: string }>> = {
  Directory: { is: (stats) => stats.isDirectory(), what: "a directory" },
  File: { is: (stats) => stats.isFile(), what: "a file" },
  Socket: { is: (stats) => stats.isSocket(), what: "a socket file" },
  CharDevice: { is: (stats) => stats.isCharacterDevice(), what: "a character device" },
  BlockDevice: { is: (stats) => stats.isBlockDevice(), what: "a block device" },
};

/** A path of the node, checked or made as its type says. @throws ConfigError when it is something else. */
export async function hostPath({ path = "", type = "" }: HostPathVolumeSource): Promise<string> {
  const isThere = statSync(path, { throwIfNoEntry: false }) !== undefined;
  if (!isThere && (type === "" || type === "DirectoryOrCreate")) await mkdir(path, { recursive: true, mode: 0o755 });
  if (!isThere && type === "FileOrCreate") await makeFile(path);
  const check = checks[type.replace("OrCreate", "")];
  const stats = statSync(path, { throwIfNoEntry: false });
  if (check && !(stats && check.is(stats)))
    throw new ConfigError(`hostPath type check failed: ${path} is not ${check.what}`);
  return path;
}

/** Its folder must be there, as in Kubernetes. */
async function makeFile(path: string): Promise<void> {
  if (!statSync(dirname(path), { throwIfNoEntry: false }))
    throw new ConfigError(`open ${path}: no such file or directory`);
  await writeFile(path, "", { mode: 0o644 });
}
