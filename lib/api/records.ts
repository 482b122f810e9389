/** A JSON object of unknown content. */
export type JsonRecord = Record<string, unknown>;

/** Whether a value is a JSON object: neither null nor a list. */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The member of a record that is its own, never one that all objects inherit. */
export function ownMember(record: Readonly<JsonRecord>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
