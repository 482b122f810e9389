import { isRecord } from "../../../../lib/api/records.ts";
import type { Describer } from "./describe.ts";
import type { DescriptionText } from "./description-text.ts";

/** Describes objects of any kind: their fields, with spaces between the words of names. */
export const describeGeneric: Describer = async (text, object) => {
  const { metadata = {}, apiVersion, kind, ...rest } = object;
  const { name, namespace, labels, annotations, ...otherMetadata } = metadata;
  text.field("Name", name ?? "");
  if (namespace) text.field("Namespace", namespace);
  else text.field("Namespace", "");
  text.map("Labels", labels).annotations(annotations);
  text.field("API Version", apiVersion ?? "").field("Kind", kind ?? "");
  const { managedFields: _, ...shownMetadata } = otherMetadata;
  describeFields(text, { metadata: shownMetadata, ...rest }, 0);
};

function describeFields(text: DescriptionText, fields: object, level: number): void {
  const entries: [string, unknown][] = Object.entries(fields);
  for (const [key, value] of entries.sort(([left], [right]) => (left < right ? -1 : 1))) {
    if (value === undefined) continue;
    const label = titled(key);
    if (Array.isArray(value)) {
      text.line(`${label}:`, level);
      for (const item of value) describeItem(text, item, level + 1);
    } else if (isRecord(value)) {
      text.line(`${label}:`, level);
      describeFields(text, value, level + 1);
    } else text.field(label, String(value), level);
  }
}

function describeItem(text: DescriptionText, item: unknown, level: number): void {
  if (isRecord(item)) describeFields(text, item, level);
  else text.line(String(item), level);
}

/** `creationTimestamp` as `Creation Timestamp`; names that are no words stay. */
function titled(name: string): string {
  if (/[^A-Za-z0-9]/.test(name)) return name;
  const words = name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
