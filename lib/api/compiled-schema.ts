import { type FieldSchema, type FieldType, messages } from "../../gen/schema.ts";

/** One field, with what every walk over objects asks of it at hand. */
export interface CompiledField {
  readonly name: string;
  readonly type: FieldType;
  /** The message of the field's values, for type `message`. */
  readonly message: CompiledMessage | undefined;
  readonly repeated: boolean;
  readonly map: boolean;
  /** One text, which is kept as it is given. */
  readonly isText: boolean;
  /** Zero and empty count as absent. */
  readonly dropsZero: boolean;
  /** Written even when it was never set. */
  readonly alwaysWritten: boolean;
  readonly schema: FieldSchema;
}

/** A message whose fields are found by name. */
export interface CompiledMessage {
  readonly name: string;
  readonly fields: ReadonlyMap<string, CompiledField>;
  readonly alwaysWritten: readonly CompiledField[];
}

const compiled = new Map<string, CompiledMessage>();

/** The message of that name (`core.v1.Pod`), compiled once. @throws RangeError when the contracts have none. */
export function compiledMessage(name: string): CompiledMessage {
  return compiled.get(name) ?? compile(name);
}

function compile(name: string): CompiledMessage {
  const schema = Object.hasOwn(messages, name) ? messages[name] : undefined;
  if (!schema) throw new RangeError(`no message ${name} in the contracts`);
  const fields = new Map<string, CompiledField>();
  const alwaysWritten: CompiledField[] = [];
  const message: CompiledMessage = { name, fields, alwaysWritten };
  // Registered before its fields are compiled: messages may contain themselves.
  compiled.set(name, message);
  for (const field of schema.fields) {
    const entry = compileField(field);
    fields.set(field.name, entry);
    if (entry.alwaysWritten) alwaysWritten.push(entry);
  }
  return message;
}

const neverZero: ReadonlySet<FieldType> = new Set(["message", "time", "microTime", "json", "quantity", "intOrString"]);
/** Kubernetes writes null for these when they are not set: they stay absent. */
const noZeroForm: ReadonlySet<FieldType> = new Set(["time", "microTime", "json"]);

function compileField(schema: FieldSchema): CompiledField {
  const isCollection = schema.repeated === true || schema.map === true;
  return {
    name: schema.name,
    type: schema.type,
    message: schema.message === undefined ? undefined : compiledMessage(schema.message),
    repeated: schema.repeated === true,
    map: schema.map === true,
    isText: schema.type === "string" && !isCollection,
    dropsZero: schema.omitEmpty === true && !schema.pointer && (isCollection || !neverZero.has(schema.type)),
    alwaysWritten: !schema.omitEmpty && !schema.pointer && (isCollection || !noZeroForm.has(schema.type)),
    schema,
  };
}
