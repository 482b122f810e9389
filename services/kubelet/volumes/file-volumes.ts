import type { Pod, Volume, VolumeProjection } from "../../../gen/typernetes/core/v1/pod.ts";
import type { DownwardAPIVolumeFile } from "../../../gen/typernetes/core/v1/volume_source.ts";
import { allOf, secretsOf } from "../env/referred-objects.ts";
import { wholeNode } from "../env/resource-reference.ts";
import { downwardFiles } from "./downward-files.ts";
import { type ProjectedFile, type Projection, projectFiles } from "./project-files.ts";
import type { VolumeContext } from "./volume-context.ts";

/** Only its owner reads a token that is made for somebody in particular. */
const tokenModeOwned = 0o600;

/** The files of a volume that consists of files the kubelet writes; undefined for other volumes. @throws ConfigError */
export async function volumeFiles(context: VolumeContext, volume: Volume): Promise<ProjectedFile[] | undefined> {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap) return configMapFiles(context, configMap);
  if (secret) return secretFiles(context, { ...secret, name: secret.secretName });
  if (downwardAPI) return ownFields(context, downwardAPI.items, downwardAPI.defaultMode);
  if (!projected) return undefined;
  const byPath = new Map<string, ProjectedFile>();
  for (const source of projected.sources ?? [])
    for (const file of await sourceFiles(context, source, projected.defaultMode)) byPath.set(file.path, file);
  return [...byPath.values()];
}

interface NamedProjection extends Projection {
  name?: string | undefined;
}

async function configMapFiles({ objects }: VolumeContext, source: NamedProjection): Promise<ProjectedFile[]> {
  const data = allOf(await objects.configMap(source));
  return projectFiles(data, source, "configmap references non-existent config key");
}

async function secretFiles({ objects }: VolumeContext, source: NamedProjection): Promise<ProjectedFile[]> {
  const data = secretsOf(await objects.secret(source));
  return projectFiles(data, source, "references non-existent secret key");
}

async function ownFields(
  { pod, node }: VolumeContext,
  items: DownwardAPIVolumeFile[] | undefined,
  mode: number | undefined,
): Promise<ProjectedFile[]> {
  return downwardFiles(pod, await wholeNode(node), items, mode);
}

async function sourceFiles(
  context: VolumeContext,
  { configMap, secret, downwardAPI, serviceAccountToken }: VolumeProjection,
  defaultMode: number | undefined,
): Promise<ProjectedFile[]> {
  if (configMap) return configMapFiles(context, { ...configMap, defaultMode });
  if (secret) return secretFiles(context, { ...secret, defaultMode });
  if (downwardAPI) return ownFields(context, downwardAPI.items, defaultMode);
  if (!serviceAccountToken) return [];
  const { node, pod, tokens } = context;
  // Nobody reads it where containers are only played.
  const content = Buffer.from(node.runtime.isHollow ? "" : await tokens.token(pod, serviceAccountToken));
  const uid = commonUser(pod);
  const isOwned = uid !== undefined || pod.spec?.securityContext?.fsGroup !== undefined;
  const file = {
    path: serviceAccountToken.path ?? "",
    content,
    mode: isOwned ? tokenModeOwned : (defaultMode ?? 0o644),
  };
  return [uid === undefined ? file : { ...file, uid }];
}

/** The user that every container of the pod is told to run as. */
function commonUser({ spec = {} }: Pod): number | undefined {
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])];
  const users = new Set(
    containers.map(({ securityContext }) => securityContext?.runAsUser ?? spec.securityContext?.runAsUser),
  );
  const [user] = users;
  return users.size === 1 ? user : undefined;
}
