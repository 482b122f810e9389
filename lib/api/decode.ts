import { setEntry } from "../../gen/plain-values.ts";
import { canonicalQuantity } from "../base/quantity.ts";
import { StatusError } from "../base/status-error.ts";
import { canonicalBase64 } from "./base64.ts";
import { type CompiledField, type CompiledMessage, compiledMessage } from "./compiled-schema.ts";
import { formatGoDuration, parseGoDuration } from "./go-duration.ts";
import { isTooDeep } from "./nesting.ts";
import { fillAlwaysWritten, isZero, zeroItem } from "./normalise.ts";
import { duplicateFields, parseJson } from "./parse-json.ts";
import { isRecord, type JsonRecord } from "./records.ts";
import { canonicalMicroTime, canonicalTime } from "./times.ts";

/** What happens to fields that the contract does not know: an error, a warning, nothing. */
export type FieldValidation = "Strict" | "Warn" | "Ignore";

/** An object read, and what its writer should be told. */
export interface Decoded<T> {
  readonly object: T;
  /** `unknown field "spec.foo"`, with `Warn` alone. */
  readonly warnings: readonly string[];
}

/** Deepest nesting of messages; the generated decoders stop at 100, and lists and events wrap objects further. */
const depthMax = 90;
const unknownFieldsMax = 100;

/**
 * Makes an object of a message from parsed JSON: every value checked against the contract and brought into its canonical
 * form, the whole normalised. `T` is the generated type of `messageName`. Shares free-form JSON with `json`, nothing else.
 * `foundInText` are faults of the text that `json` was parsed from (`duplicateFields`), treated as unknown fields are.
 * @throws StatusError BadRequest, in Kubernetes' words.
 */
export function decode<T extends object>(
  messageName: string,
  json: unknown,
  validation?: FieldValidation,
  foundInText?: readonly string[],
): Decoded<T>;
export function decode(
  messageName: string,
  json: unknown,
  validation: FieldValidation = "Strict",
  foundInText: readonly string[] = [],
): Decoded<JsonRecord> {
  const message = compiledMessage(messageName);
  const walk = new Walk(validation !== "Ignore");
  try {
    const object = walk.message(message, json);
    const warnings = validation === "Ignore" ? [] : [...foundInText, ...walk.unknown];
    if (validation === "Strict" && warnings.length > 0)
      throw new DecodeFault(`strict decoding error: ${warnings.join(", ")}`);
    return { object, warnings };
  } catch (error) {
    throw error instanceof DecodeFault ? badRequest(messageName, error.message) : error;
  }
}

/** As `decode`, from JSON text; keys given twice are treated as unknown fields are. @throws StatusError BadRequest */
export function decodeText<T extends object>(
  messageName: string,
  text: string,
  validation: FieldValidation = "Strict",
): Decoded<T> {
  const json = parseJson(text);
  return decode<T>(messageName, json, validation, validation === "Ignore" ? [] : duplicateFields(text, json));
}

/** The error for an object of `messageName` that cannot be read because of `fault`. */
function badRequest(messageName: string, fault: string): StatusError {
  const [, version = "", kind = ""] = messageName.split(".");
  return new StatusError("BadRequest", `${kind} in version "${version}" cannot be handled as a ${kind}: ${fault}`);
}

class DecodeFault extends Error {}

class Walk {
  readonly unknown: string[] = [];
  readonly #collectsUnknown: boolean;
  /** Where the walk is: names of fields, keys of maps, positions in lists. */
  readonly #path: (string | number)[] = [];
  #depth = 0;
  #owner = "";

  constructor(collectsUnknown: boolean) {
    this.#collectsUnknown = collectsUnknown;
  }

  message(message: CompiledMessage, json: unknown): JsonRecord {
    if (!isRecord(json)) throw this.#typeFault(json, goName(message), undefined);
    if (++this.#depth > depthMax) throw new DecodeFault("exceeded max depth");
    const object: JsonRecord = {};
    const keys = Object.keys(json);
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index] ?? "";
      const field = message.fields.get(key);
      if (field === undefined) this.#noteUnknown(key);
      else {
        const value = json[key];
        if (value === null || value === undefined) continue;
        if (field.isText && typeof value === "string" && value !== "") {
          object[key] = value;
          continue;
        }
        const decoded = this.#field(message, field, value);
        if (decoded !== undefined && !(field.dropsZero && isZero(decoded))) object[key] = decoded;
      }
    }
    fillAlwaysWritten(message, object);
    this.#depth--;
    return object;
  }

  #field(message: CompiledMessage, field: CompiledField, value: unknown): unknown {
    if (!field.repeated && !field.map && field.message === undefined) return this.#scalar(message, field, value);
    this.#path.push(field.name);
    const decoded = field.repeated
      ? this.#list(message, field, value)
      : field.map
        ? this.#map(message, field, value)
        : this.#item(message, field, value);
    this.#path.pop();
    return decoded;
  }

  #list(message: CompiledMessage, field: CompiledField, value: unknown): unknown[] {
    if (!Array.isArray(value)) throw this.#typeFault(value, `[]${goType(field)}`, message);
    const list: unknown[] = [];
    for (let index = 0; index < value.length; index++) {
      this.#path.push(index);
      list.push(this.#element(message, field, value[index]));
      this.#path.pop();
    }
    return list;
  }

  #map(message: CompiledMessage, field: CompiledField, value: unknown): JsonRecord {
    if (!isRecord(value)) throw this.#typeFault(value, `map[string]${goType(field)}`, message);
    const map: JsonRecord = {};
    this.#depth++;
    for (const key of Object.keys(value)) {
      this.#path.push(key);
      const element = this.#element(message, field, value[key]);
      if (key === "__proto__") setEntry(map, key, element);
      else map[key] = element;
      this.#path.pop();
    }
    this.#depth--;
    return map;
  }

  #element(message: CompiledMessage, field: CompiledField, value: unknown): unknown {
    if (value === null || value === undefined) return zeroItem(field);
    const element = this.#item(message, field, value);
    return element === undefined ? zeroItem(field) : element;
  }

  #item(message: CompiledMessage, field: CompiledField, value: unknown): unknown {
    if (field.message === undefined) return this.#scalar(message, field, value, true);
    this.#owner = message.name;
    return this.message(field.message, value);
  }

  /** `isPlaced`: the path ends in the value already. */
  #scalar(message: CompiledMessage, field: CompiledField, value: unknown, isPlaced = false): unknown {
    try {
      return readScalar(field, value);
    } catch (error) {
      if (error instanceof TypeMismatch)
        throw this.#typeFault(value, error.message, message, isPlaced ? undefined : field);
      if (error instanceof Error) throw new DecodeFault(error.message);
      throw error;
    }
  }

  #noteUnknown(key: string): void {
    if (!this.#collectsUnknown || this.unknown.length >= unknownFieldsMax) return;
    const parent = formatPath(this.#path);
    this.unknown.push(`unknown field ${JSON.stringify(parent ? `${parent}.${key}` : key)}`);
  }

  #typeFault(value: unknown, type: string, message: CompiledMessage | undefined, field?: CompiledField): DecodeFault {
    const names = this.#path.filter((step) => typeof step === "string");
    if (field) names.push(field.name);
    const owner = (message?.name ?? this.#owner).split(".").at(-1);
    const place = names.length > 0 ? `Go struct field ${owner}.${names.join(".")} of type` : "Go value of type";
    return new DecodeFault(`json: cannot unmarshal ${jsonKind(value)} into ${place} ${type}`);
  }
}

function formatPath(path: readonly (string | number)[]): string {
  let text = "";
  for (const step of path) text += typeof step === "number" ? `[${step}]` : text ? `.${step}` : step;
  return text;
}

function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "number")
    return Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? "number" : `number ${value}`;
  return typeof value === "boolean" ? "bool" : typeof value;
}

/** The value is of another type than the one named. */
class TypeMismatch extends Error {}

function readScalar(field: CompiledField, value: unknown): unknown {
  switch (field.type) {
    case "string":
      if (typeof value !== "string") throw new TypeMismatch("string");
      return value;
    case "int32":
      return integer(value, "int32", -(2 ** 31), 2 ** 31 - 1);
    case "uint32":
      return integer(value, "uint32", 0, 2 ** 32 - 1);
    case "int64":
      return integer(value, "int64", Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    case "bool":
      if (typeof value !== "boolean") throw new TypeMismatch("bool");
      return value;
    case "double":
      if (typeof value !== "number") throw new TypeMismatch("float64");
      return value;
    case "intOrString":
      return typeof value === "string" ? value : integer(value, "int32", -(2 ** 31), 2 ** 31 - 1);
    case "quantity":
      return canonicalQuantity(typeof value === "number" ? numberText(value) : text(value, "resource.Quantity").trim());
    case "time":
      return canonicalTime(text(value, "v1.Time"));
    case "microTime":
      return canonicalMicroTime(text(value, "v1.MicroTime"));
    case "duration":
      return formatGoDuration(parseGoDuration(text(value, "v1.Duration")));
    case "bytes":
      return canonicalBase64(text(value, "[]uint8"));
    case "json":
      if (isTooDeep(value)) throw new DecodeFault("exceeded max depth");
      return value;
    case "stringList":
      if (!Array.isArray(value)) throw new TypeMismatch("[]string");
      return value.map((item: unknown) => (item === null ? "" : text(item, "string")));
    case "message":
    case "rawBytes":
      throw new TypeMismatch(field.type);
  }
}

function text(value: unknown, type: string): string {
  if (typeof value !== "string") throw new TypeMismatch(type);
  return value;
}

function integer(value: unknown, type: string, low: number, high: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < low || value > high)
    throw new TypeMismatch(type);
  // No negative zero.
  return value + 0;
}

/** The digits of a number without an exponent where that is short. */
function numberText(value: number): string {
  return String(value).replace("e+", "e");
}

function goName(message: CompiledMessage): string {
  return message.name.split(".").slice(-2).join(".");
}

function goType(field: CompiledField): string {
  if (field.message) return goName(field.message);
  return (
    { double: "float64", bytes: "[]uint8", quantity: "resource.Quantity", time: "v1.Time" }[field.type as string] ??
    field.type
  );
}
