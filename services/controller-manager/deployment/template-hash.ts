import type { PodTemplateSpec } from "../../../gen/typernetes/core/v1/pod_template.ts";
import { deepEqual } from "../../../lib/api/deep.ts";

/** The label that tells the pods of one replica set from those of another. */
export const templateHashLabel = "pod-template-hash";

/** Letters and digits that make no words. */
const alphabet = "bcdfghjklmnpqrstvwxz2456789";

/** A short name for a pod template; `collisionCount` makes another one when the first is taken. */
export function templateHash(template: PodTemplateSpec, collisionCount: number | undefined): string {
  const hash = fnv1a(`${canonical(template)}${collisionCount ?? ""}`);
  return [...hash.toString()].map((digit) => alphabet[digit.charCodeAt(0) % alphabet.length]).join("");
}

/** Whether two templates make the same pods; the hash label does not count. */
export function sameTemplate(left: PodTemplateSpec | undefined, right: PodTemplateSpec | undefined): boolean {
  return deepEqual(withoutHash(left), withoutHash(right));
}

function withoutHash(template: PodTemplateSpec | undefined): PodTemplateSpec {
  const { [templateHashLabel]: _, ...labels } = template?.metadata?.labels ?? {};
  return {
    ...template,
    metadata: { ...template?.metadata, labels: Object.keys(labels).length > 0 ? labels : undefined },
  };
}

/** JSON with sorted keys: equal templates give equal text. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  entries.sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(",")}}`;
}

/** The 32-bit FNV-1a hash. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
