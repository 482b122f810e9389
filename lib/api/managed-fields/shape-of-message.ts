import { deepFreeze } from "../../base/plain-data.ts";
import { type CompiledField, type CompiledMessage, compiledMessage } from "../compiled-schema.ts";
import { fillAlwaysWritten } from "../normalise.ts";
import type { JsonRecord } from "../records.ts";
import { isAtomicMessage, isGranularField } from "./atomic-messages.ts";
import {
  type FieldShape,
  type ListKey,
  listShape,
  type RecordShape,
  recordShape,
  type Shape,
  scalarShape,
  untypedAtomicShape,
  untypedShape,
} from "./shape.ts";

const shapes = new Map<string, MessageShape>();

/** The shape of a message of the contracts (`apps.v1.Deployment`), made once. @throws RangeError when there is none. */
export function shapeOfMessage(name: string): RecordShape {
  return shapeOf(compiledMessage(name), isAtomicMessage(name));
}

function shapeOf(message: CompiledMessage, isAtomic: boolean): RecordShape {
  const key = isAtomic ? `${message.name} as a whole` : message.name;
  let shape = shapes.get(key);
  if (!shape) {
    shape = new MessageShape(message, isAtomic);
    shapes.set(key, shape);
  }
  return shape;
}

/** Its fields' shapes are made when they are asked for: messages may contain themselves. */
class MessageShape implements RecordShape {
  readonly kind = "record";
  readonly isAtomic: boolean;
  readonly element = undefined;
  readonly #message: CompiledMessage;
  readonly #fields = new Map<string, FieldShape>();
  #alwaysThere: FieldShape[] | undefined;

  constructor(message: CompiledMessage, isAtomic: boolean) {
    this.#message = message;
    this.isAtomic = isAtomic;
  }

  field(name: string): FieldShape | undefined {
    const known = this.#fields.get(name);
    if (known) return known;
    const field = this.#message.fields.get(name);
    if (!field) return undefined;
    const made = fieldShape(this.#message, field);
    this.#fields.set(name, made);
    return made;
  }

  get alwaysThere(): readonly FieldShape[] {
    this.#alwaysThere ??= [...this.#message.fields.values()]
      .filter(isHeldByValue)
      .map(({ name }) => this.field(name))
      .filter((field) => field !== undefined);
    return this.#alwaysThere;
  }
}

function isHeldByValue(field: CompiledField): boolean {
  return field.message !== undefined && !field.repeated && !field.map && !field.schema.pointer;
}

function fieldShape(owner: CompiledMessage, field: CompiledField): FieldShape {
  const { name } = field;
  const shape = shapeOfField(owner, field);
  if (!field.message || !isHeldByValue(field)) return { name, shape };
  const whenAbsent: JsonRecord = {};
  fillAlwaysWritten(field.message, whenAbsent);
  return { name, shape, whenAbsent: deepFreeze(whenAbsent) };
}

function shapeOfField(owner: CompiledMessage, field: CompiledField): Shape {
  const { schema } = field;
  if (field.repeated) return shapeOfList(owner, field);
  if (field.map) return recordShape([], { isAtomic: schema.mapType === "atomic", element: shapeOfItem(owner, field) });
  return shapeOfItem(owner, field);
}

function shapeOfList(owner: CompiledMessage, field: CompiledField): Shape {
  const { listType = "atomic", listMapKeys = [] } = field.schema;
  const keys = listMapKeys.map((name) => listKey(field.message?.fields.get(name), name));
  return listShape(listType, shapeOfItem(owner, field), keys);
}

function listKey(field: CompiledField | undefined, name: string): ListKey {
  const text = field?.schema.default;
  return text === undefined ? { name } : { name, default: JSON.parse(text) };
}

function shapeOfItem(owner: CompiledMessage, field: CompiledField): Shape {
  switch (field.type) {
    case "message":
      return field.message ? shapeOf(field.message, isAtomic(owner, field, field.message)) : untypedShape;
    case "json":
      // Schemas hold JSON values that have no type at all.
      return owner.name.startsWith("apiextensions.") ? untypedAtomicShape : untypedShape;
    case "stringList":
      return listShape("atomic", scalarShape);
    default:
      return scalarShape;
  }
}

function isAtomic(owner: CompiledMessage, { name, schema }: CompiledField, message: CompiledMessage): boolean {
  if (schema.mapType !== undefined) return schema.mapType === "atomic";
  return isAtomicMessage(message.name) && !isGranularField(owner.name, name);
}
