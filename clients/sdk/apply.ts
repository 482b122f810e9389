import { createThreeWayMergePatch } from "../../lib/api/patch/merge-patch.ts";
import { createThreeWayStrategicPatch } from "../../lib/api/patch/strategic-diff.ts";
import { isRecord, type JsonRecord } from "../../lib/api/records.ts";
import { resourceByPlural } from "../../lib/api/resource-info.ts";
import { isStatusError, StatusError } from "../../lib/base/status-error.ts";
import type { KubernetesObject, PatchType, ResourceClient } from "../../lib/client/resource-client.ts";
import type { CallOptions } from "../../lib/grpc/transport.ts";

/** Where `apply` keeps what it applied last; the same for kubectl and typectl. */
export const lastAppliedAnnotation = "kubectl.kubernetes.io/last-applied-configuration";

export interface ApplyOptions extends CallOptions {
  /** Who applies, for the object's managed fields; `typernetes-sdk` when absent. */
  fieldManager?: string;
  /** `["All"]`: nothing is stored. */
  dryRun?: string[];
}

/** How often the patch is made anew when somebody else writes in between. */
const attemptsMax = 5;

/**
 * Brings an object to the state that `wanted` describes, whether it exists or not: what was applied before and is wanted no
 * more goes, what others have set stays. The object is named by its metadata; answers it as the server has it.
 * @throws StatusError what the server refuses; `BadRequest` when the object has no name.
 */
export async function apply<T extends KubernetesObject>(
  resource: ResourceClient<T>,
  wanted: T,
  options: ApplyOptions = {},
): Promise<T> {
  if (!wanted.metadata?.name) throw new StatusError("BadRequest", "name is required");
  const object = annotated(resource, wanted);
  for (let attempt = 1; ; attempt++) {
    const current = await currentOf(resource, object, options);
    try {
      return await (current ? change(resource, current, object, options) : create(resource, object, options));
    } catch (error) {
      if (attempt === attemptsMax || !isStatusError(error, current ? "Conflict" : "AlreadyExists")) throw error;
    }
  }
}

async function currentOf<T extends KubernetesObject>(
  resource: ResourceClient<T>,
  { metadata }: T,
  options: ApplyOptions,
): Promise<T | undefined> {
  try {
    return await resource.get(metadata?.name ?? "", { namespace: metadata?.namespace, ...callOptions(options) });
  } catch (error) {
    if (isStatusError(error, "NotFound")) return undefined;
    throw error;
  }
}

function create<T extends KubernetesObject>(resource: ResourceClient<T>, object: T, options: ApplyOptions): Promise<T> {
  return resource.create(object, { ...writeOptions(options), ...callOptions(options) });
}

async function change<T extends KubernetesObject>(
  resource: ResourceClient<T>,
  current: T,
  object: T,
  options: ApplyOptions,
): Promise<T> {
  const { type, patch } = threeWayPatch(resource, lastApplied(current), object, current);
  if (Object.keys(patch).length === 0) return current;
  const { name = "", namespace } = object.metadata ?? {};
  return resource.patch(name, patch, { namespace, type, ...writeOptions(options), ...callOptions(options) });
}

/** A strategic merge patch for kinds that have a contract, a plain one for others. */
function threeWayPatch<T extends KubernetesObject>(
  { group, version, plural }: ResourceClient<T>,
  original: JsonRecord,
  modified: T,
  current: T,
): { type: PatchType; patch: JsonRecord } {
  const message = resourceByPlural(group, version, plural)?.message;
  return message === undefined
    ? { type: "application/merge-patch+json", patch: createThreeWayMergePatch(original, modified, current) }
    : {
        type: "application/strategic-merge-patch+json",
        patch: createThreeWayStrategicPatch(message, original, modified, current),
      };
}

function writeOptions({ fieldManager = "typernetes-sdk", dryRun }: ApplyOptions) {
  return { fieldManager, ...(dryRun && { dryRun }) };
}

function callOptions({ signal, timeoutMs, onWarning }: ApplyOptions): CallOptions {
  const times = { ...(signal && { signal }), ...(timeoutMs !== undefined && { timeoutMs }) };
  return { ...times, ...(onWarning && { onWarning }) };
}

/** The object with its own text in the annotation. */
function annotated<T extends KubernetesObject>({ group, version, kind }: ResourceClient<T>, object: T): T {
  const { [lastAppliedAnnotation]: _, ...annotations } = object.metadata?.annotations ?? {};
  const named = { ...object, apiVersion: group ? `${group}/${version}` : version, kind };
  const bare = { ...named, metadata: { ...object.metadata, annotations } };
  const text = `${JSON.stringify(sorted(bare))}\n`;
  return { ...named, metadata: { ...object.metadata, annotations: { ...annotations, [lastAppliedAnnotation]: text } } };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key])]));
}

/** What was applied last; nothing when that is not known. */
function lastApplied(object: KubernetesObject): JsonRecord {
  try {
    const value: unknown = JSON.parse(object.metadata?.annotations?.[lastAppliedAnnotation] ?? "{}");
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
