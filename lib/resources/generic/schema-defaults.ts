import { type FieldSchema, messages } from "../../../gen/schema.ts";

type Values = { [field: string]: unknown };

/** Defaults of a message that the contract cannot say; they take the place of the contract's own. */
export type MessageDefaults = Readonly<Record<string, (value: object) => void>>;

/** Fills the fields of a message for which its contract has a default, however deep. */
export function defaultBySchema(message: string, value: object, own: MessageDefaults): void {
  const handWritten = own[message];
  if (handWritten) {
    handWritten(value);
    return;
  }
  const values = value as Values;
  for (const { field, parsed } of fieldsToDefault(message)) {
    const current = values[field.name];
    if (parsed !== undefined && (current === undefined || current === "")) values[field.name] = parsed;
    if (field.message && current !== undefined) defaultEach(field.message, current, own);
  }
}

function defaultEach(message: string, value: unknown, own: MessageDefaults): void {
  if (Array.isArray(value)) for (const item of value) defaultEach(message, item, own);
  else if (typeof value === "object" && value !== null) defaultBySchema(message, value, own);
}

const defaultedFields = new Map<string, readonly { field: FieldSchema; parsed: unknown }[]>();

function fieldsToDefault(message: string): readonly { field: FieldSchema; parsed: unknown }[] {
  let fields = defaultedFields.get(message);
  if (!fields) {
    fields = (messages[message]?.fields ?? [])
      .map((field) => ({ field, parsed: parsedDefault(field) }))
      .filter(({ field, parsed }) => parsed !== undefined || (field.message && !field.map));
    defaultedFields.set(message, fields);
  }
  return fields;
}

function parsedDefault(field: FieldSchema): unknown {
  if (field.default === undefined) return undefined;
  const parsed: unknown = JSON.parse(field.default);
  // A zero that is not written is the same as none.
  return field.omitEmpty && !field.pointer && !parsed ? undefined : parsed;
}
