import { FieldErrors } from "../field-errors.ts";
import { validateAnnotations } from "../object-meta.ts";
import { isRecord, type JsonRecord } from "../records.ts";
import { compareObjects } from "./compare.ts";
import { difference, type FieldSet, union } from "./field-set.ts";
import { fieldsOf } from "./fields-of.ts";
import type { Shape } from "./shape.ts";

/** Where client-side apply keeps what it applied. */
const lastAppliedAnnotation = "kubectl.kubernetes.io/last-applied-configuration";
/** The one manager for which the server looks after that annotation. */
export const lastAppliedManager = "kubectl";

type Annotations = Record<string, string> | undefined;

/**
 * The fields that somebody owns who applied on the client side before: those of the last configuration that the object
 * still has as applied. Undefined when there is none that can be read.
 */
export function fieldsLastApplied(shape: Shape, live: object, annotations: Annotations): FieldSet | undefined {
  const applied = parsed(annotations?.[lastAppliedAnnotation]);
  if (!applied) return undefined;
  const { modified, removed } = compareObjects(shape, applied, live);
  return difference(fieldsOf(shape, applied).fields, union(modified, removed));
}

function parsed(text: string | undefined): JsonRecord | undefined {
  if (!text) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The annotations with the configuration just applied in place of the last one; without either when it is too large. */
export function withLastApplied(annotations: Annotations, applied: JsonRecord): Annotations {
  if (!annotations?.[lastAppliedAnnotation]) return annotations;
  const { [lastAppliedAnnotation]: _, ...others } = annotations;
  const next = { ...others, [lastAppliedAnnotation]: `${JSON.stringify(withoutLastApplied(applied))}\n` };
  const errors = new FieldErrors();
  validateAnnotations(next, "metadata.annotations", errors);
  return errors.causes.length === 0 ? next : others;
}

function withoutLastApplied(applied: JsonRecord): JsonRecord {
  const { metadata } = applied;
  if (!isRecord(metadata) || !isRecord(metadata.annotations)) return applied;
  const { [lastAppliedAnnotation]: _, ...annotations } = metadata.annotations;
  return { ...applied, metadata: { ...metadata, annotations } };
}
