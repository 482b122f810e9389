import { isRecord, type JsonRecord } from "../../../lib/api/records.ts";
import type { ApiObject } from "../../../lib/api/resource-info.ts";
import { formatCanonicalJson } from "../print/serialise.ts";
import type { Manifest } from "./manifests.ts";

/** Where `apply` keeps what it applied last. */
export const lastAppliedAnnotation = "kubectl.kubernetes.io/last-applied-configuration";

/** The manifest with its own text in the annotation. */
export function annotated(manifest: Manifest): Manifest {
  return { ...manifest, value: withAnnotation(manifest.value) };
}

function withAnnotation(value: JsonRecord): JsonRecord {
  const metadata = isRecord(value["metadata"]) ? value["metadata"] : {};
  const given = isRecord(metadata["annotations"]) ? metadata["annotations"] : {};
  const { [lastAppliedAnnotation]: _, ...annotations } = given;
  const bare = { ...value, metadata: { ...metadata, annotations } };
  const text = `${formatCanonicalJson(bare)}\n`;
  return { ...value, metadata: { ...metadata, annotations: { ...annotations, [lastAppliedAnnotation]: text } } };
}

/** What was applied last; undefined when that is not known. */
export function lastApplied(object: ApiObject): JsonRecord | undefined {
  const text = object.metadata?.annotations?.[lastAppliedAnnotation];
  if (!text) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
