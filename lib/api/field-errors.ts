import { type StatusCause, StatusError } from "../base/status-error.ts";

/** More is told of no object: what is wrong with it may be many times as long as the object. */
const causesMax = 1_000;
const charactersMax = 512 * 1024;

/**
 * Collects the broken fields of one object, in Kubernetes' words; beyond a thousand, or half a mebibyte of words, they are only
 * counted. Paths are written `spec.containers[0].name`.
 */
export class FieldErrors {
  readonly causes: StatusCause[] = [];
  #known: Set<string> | undefined;
  #count = 0;
  #untold = 0;
  #characters = 0;

  /** How many faults were reported, also those that are known or not told. */
  get count(): number {
    return this.#count;
  }

  /** A field that must be given is absent or empty. */
  required(path: string, detail = ""): void {
    this.#add("FieldValueRequired", path, () => `Required value${detail && `: ${detail}`}`);
  }

  invalid(path: string, value: unknown, detail: string): void {
    this.#add("FieldValueInvalid", path, () => `Invalid value: ${shown(value)}: ${detail}`);
  }

  /** As `invalid` for a part whose value says nothing by itself. */
  invalidPart(path: string, detail: string): void {
    this.#add("FieldValueInvalid", path, () => `Invalid value: ${detail}`);
  }

  /** `supported` are all values that the field may have. */
  notSupported(path: string, value: unknown, supported: readonly string[]): void {
    this.#add("FieldValueNotSupported", path, () => {
      const names = supported.map((name) => JSON.stringify(name)).join(", ");
      return `Unsupported value: ${shown(value)}: supported values: ${names}`;
    });
  }

  duplicate(path: string, value: unknown, detail = ""): void {
    this.#add("FieldValueDuplicate", path, () => `Duplicate value: ${shown(value)}${detail && `: ${detail}`}`);
  }

  forbidden(path: string, detail: string): void {
    this.#add("FieldValueForbidden", path, () => `Forbidden: ${detail}`);
  }

  notFound(path: string, value: unknown, detail = ""): void {
    this.#add("FieldValueNotFound", path, () => `Not found: ${shown(value)}${detail && `: ${detail}`}`);
  }

  /** `maxBytes` is the longest allowed length. */
  tooLong(path: string, maxBytes: number): void {
    this.#add("FieldValueTooLong", path, () => `Too long: may not be more than ${maxBytes} bytes`);
  }

  tooMany(path: string, count: number, max: number): void {
    this.#add("FieldValueTooMany", path, () => `Too many: ${count}: must have at most ${max} items`);
  }

  typeInvalid(path: string, value: unknown, detail: string): void {
    this.#add("FieldValueTypeInvalid", path, () => `Invalid value: ${shown(value)}: ${detail}`);
  }

  /** Takes over the faults of a part. */
  include(part: FieldErrors): void {
    for (const { reason = "", field = "", message = "" } of part.causes) this.#add(reason, field, () => message);
    this.#count += part.count - part.causes.length;
    this.#untold += part.#untold;
  }

  /** The error that answers the request, or undefined when nothing is broken. */
  toError(subject: { group: string; kind: string; name: string }): StatusError | undefined {
    if (this.causes.length === 0) return undefined;
    const kind = subject.group ? `${subject.kind}.${subject.group}` : subject.kind;
    const lines = this.causes.map((cause) => `${cause.field}: ${cause.message}`);
    if (this.#untold > 0) lines.push(`and ${this.#untold} more`);
    const list = lines.length === 1 ? lines[0] : `[${lines.join(", ")}]`;
    const { group, kind: plainKind, name } = subject;
    return new StatusError("Invalid", `${kind} "${name}" is invalid: ${list}`, {
      group,
      kind: plainKind,
      name,
      causes: this.causes,
    });
  }

  #add(reason: string, field: string, say: () => string): void {
    this.#count++;
    if (this.causes.length >= causesMax || this.#characters >= charactersMax) {
      this.#untold++;
      return;
    }
    const message = say();
    // A rule may be checked twice, on the object and on its change; one report is enough.
    const key = `${field}: ${message}`;
    this.#known ??= new Set();
    if (this.#known.has(key)) return;
    this.#known.add(key);
    this.#characters += key.length;
    this.causes.push({ reason, message, field });
  }
}

function shown(value: unknown): string {
  return typeof value === "string"
    ? JSON.stringify(value)
    : typeof value === "object"
      ? JSON.stringify(value)
      : String(value);
}
