import { chmod, chown, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Pod, Volume } from "../../../gen/typernetes/core/v1/pod.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { NodeContext } from "../pods/node-context.ts";
import { writeFilesAtomically } from "./atomic-files.ts";
import { projectFiles } from "./project-files.ts";
import { VolumeError } from "./volume-error.ts";

/** Makes or refreshes one volume of a pod; answers its path on the node. @throws VolumeError */
export async function prepareVolume(
  node: NodeContext,
  pod: Pod,
  podDirectory: string,
  volume: Volume,
): Promise<string> {
  const name = volume.name ?? "";
  if (volume.emptyDir) return emptyDir(pod, join(podDirectory, "volumes", "empty-dir", name));
  if (volume.configMap) return configMap(node, pod, join(podDirectory, "volumes", "configmap", name), volume.configMap);
  if (volume.secret) return secret(node, pod, join(podDirectory, "volumes", "secret", name), volume.secret);
  throw new VolumeError("no volume plugin matched");
}

/** Removes all volumes of a pod, with what is in them. */
export async function removeVolumes(podDirectory: string): Promise<void> {
  await rm(podDirectory, { recursive: true, force: true });
}

async function emptyDir(pod: Pod, path: string): Promise<string> {
  await mkdir(path, { recursive: true });
  await chmod(path, 0o777);
  const group = pod.spec?.securityContext?.fsGroup;
  if (group !== undefined) {
    await chown(path, -1, group);
    await chmod(path, 0o2777);
  }
  return path;
}

async function configMap(
  node: NodeContext,
  pod: Pod,
  path: string,
  source: NonNullable<Volume["configMap"]>,
): Promise<string> {
  const { namespace } = pod.metadata ?? {};
  const map = await lookUp(node.client.core.v1.configmaps.get(source.name ?? "", { namespace }), source.optional);
  const content = new Map<string, Buffer>();
  for (const [key, value] of Object.entries(map?.data ?? {})) content.set(key, Buffer.from(value));
  for (const [key, value] of Object.entries(map?.binaryData ?? {})) content.set(key, Buffer.from(value, "base64"));
  await writeFilesAtomically(path, projectFiles(content, source, "configmap"));
  return path;
}

async function secret(
  node: NodeContext,
  pod: Pod,
  path: string,
  source: NonNullable<Volume["secret"]>,
): Promise<string> {
  const { namespace } = pod.metadata ?? {};
  const found = await lookUp(node.client.core.v1.secrets.get(source.secretName ?? "", { namespace }), source.optional);
  const content = new Map(Object.entries(found?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64")]));
  await writeFilesAtomically(path, projectFiles(content, source, "secret"));
  return path;
}

/** The object, or undefined when it is missing and may be. */
async function lookUp<T>(request: Promise<T>, optional: boolean | undefined): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (!isStatusError(error, "NotFound")) throw error;
    if (optional) return undefined;
    throw new VolumeError(error.message);
  }
}
