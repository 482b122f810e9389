import { isRecord, type JsonRecord } from "../records.ts";
import { takenApart, untypedRecord } from "./compare.ts";
import { type FieldSet, FieldSetBuilder } from "./field-set.ts";
import { listElement, memberElement, type PathElement, PathElementFault, pathText } from "./path-element.ts";
import type { ListShape, RecordShape, Shape } from "./shape.ts";

/** The places that an object sets, and what is wrong with it. */
export interface FieldsFound {
  readonly fields: FieldSet;
  /** `.spec.foo: field not declared in schema`, … */
  readonly faults: readonly string[];
}

/** The places that an object of a shape sets: what somebody owns who applies it. */
export function fieldsOf(shape: Shape, object: object): FieldsFound {
  const walk = new FieldWalk();
  walk.value(shape, object);
  return { fields: walk.fields.build(), faults: walk.faults };
}

class FieldWalk {
  readonly fields = new FieldSetBuilder();
  readonly faults: string[] = [];
  readonly #path: PathElement[] = [];

  value(shape: Shape, value: unknown): void {
    const apart = takenApart(shape, value, undefined);
    if (apart?.kind === "record" && isRecord(value)) return this.#members(apart, value);
    if (apart?.kind === "list" && Array.isArray(value)) return this.#items(apart, value);
    this.#checkKind(shape, value);
    if (!apart && isLeaf(shape) && this.#path.length > 0) this.fields.insert(this.#path);
  }

  #members(shape: RecordShape, record: JsonRecord): void {
    for (const name of Object.keys(record)) {
      const value = record[name];
      if (value === undefined) continue;
      const declared = shape.field(name);
      const inner = declared?.shape ?? shape.element;
      this.#path.push(memberElement(name));
      if (!inner) this.#fault("field not declared in schema");
      else {
        this.value(inner, value);
        // Members of maps are places of their own; fields of structs are when there is nothing in them.
        if (!declared || value === null || isEmptyRecord(value)) this.fields.insert(this.#path);
      }
      this.#path.pop();
    }
  }

  #items(shape: ListShape, list: readonly unknown[]): void {
    const seen = new Set<PathElement>();
    for (const item of list) {
      const element = this.#element(shape, item);
      if (element === undefined) continue;
      if (seen.has(element)) this.#fault(`duplicate entries for key ${pathText([element])}`);
      seen.add(element);
      this.#path.push(element);
      this.value(shape.element, item);
      this.fields.insert(this.#path);
      this.#path.pop();
    }
  }

  #element(shape: ListShape, item: unknown): PathElement | undefined {
    try {
      return listElement(shape, item);
    } catch (error) {
      if (!(error instanceof PathElementFault)) throw error;
      this.#fault(error.message);
      return undefined;
    }
  }

  #checkKind(shape: Shape, value: unknown): void {
    if (value === null || value === undefined) return;
    const isObject = typeof value === "object";
    if (shape.kind === "record" && !isRecord(value)) this.#fault(`expected map, got ${JSON.stringify(value)}`);
    else if (shape.kind === "list" && !Array.isArray(value)) this.#fault(`expected list, got ${JSON.stringify(value)}`);
    else if (shape.kind === "scalar" && isObject) this.#fault(`expected scalar, got ${JSON.stringify(value)}`);
  }

  #fault(message: string): void {
    this.faults.push(`${pathText(this.#path)}: ${message}`);
  }
}

/** Empty lists and objects that could be taken apart set nothing by themselves. */
function isLeaf(shape: Shape): boolean {
  if (shape.kind === "record") return shape.isAtomic;
  return shape.kind !== "list" || shape.type === "atomic";
}

function isEmptyRecord(value: unknown): boolean {
  return isRecord(value) && Object.keys(value).length === 0;
}

/** The shape in which the members of a value are found, if it is an object that is taken apart. */
export function recordShapeOf(shape: Shape): RecordShape | undefined {
  if (shape.kind === "record") return shape.isAtomic ? undefined : shape;
  return shape.kind === "untyped" && !shape.isAtomic ? untypedRecord : undefined;
}
