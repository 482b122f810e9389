import { type StatusCause, StatusError } from "../base/status-error.ts";

/** Collects every broken field of one object, in Kubernetes' words. Paths are written `spec.containers[0].name`. */
export class FieldErrors {
  readonly causes: StatusCause[] = [];

  /** A field that must be given is absent or empty. */
  required(path: string, detail = ""): void {
    this.#add("FieldValueRequired", path, `Required value${detail && `: ${detail}`}`);
  }

  invalid(path: string, value: unknown, detail: string): void {
    this.#add("FieldValueInvalid", path, `Invalid value: ${shown(value)}: ${detail}`);
  }

  /** As `invalid` for a part whose value says nothing by itself. */
  invalidPart(path: string, detail: string): void {
    this.#add("FieldValueInvalid", path, `Invalid value: ${detail}`);
  }

  /** `supported` are all values that the field may have. */
  notSupported(path: string, value: unknown, supported: readonly string[]): void {
    const names = [...supported].map((name) => JSON.stringify(name)).join(", ");
    this.#add("FieldValueNotSupported", path, `Unsupported value: ${shown(value)}: supported values: ${names}`);
  }

  duplicate(path: string, value: unknown, detail = ""): void {
    this.#add("FieldValueDuplicate", path, `Duplicate value: ${shown(value)}${detail && `: ${detail}`}`);
  }

  forbidden(path: string, detail: string): void {
    this.#add("FieldValueForbidden", path, `Forbidden: ${detail}`);
  }

  notFound(path: string, value: unknown, detail = ""): void {
    this.#add("FieldValueNotFound", path, `Not found: ${shown(value)}${detail && `: ${detail}`}`);
  }

  /** `maxBytes` is the longest allowed length. */
  tooLong(path: string, maxBytes: number): void {
    this.#add("FieldValueTooLong", path, `Too long: may not be more than ${maxBytes} bytes`);
  }

  tooMany(path: string, count: number, max: number): void {
    this.#add("FieldValueTooMany", path, `Too many: ${count}: must have at most ${max} items`);
  }

  typeInvalid(path: string, value: unknown, detail: string): void {
    this.#add("FieldValueTypeInvalid", path, `Invalid value: ${shown(value)}: ${detail}`);
  }

  /** The error that answers the request, or undefined when nothing is broken. */
  toError(subject: { group: string; kind: string; name: string }): StatusError | undefined {
    if (this.causes.length === 0) return undefined;
    const kind = subject.group ? `${subject.kind}.${subject.group}` : subject.kind;
    const lines = this.causes.map((cause) => `${cause.field}: ${cause.message}`);
    const list = lines.length === 1 ? lines[0] : `[${lines.join(", ")}]`;
    const { group, kind: plainKind, name } = subject;
    return new StatusError("Invalid", `${kind} "${name}" is invalid: ${list}`, {
      group,
      kind: plainKind,
      name,
      causes: this.causes,
    });
  }

  #add(reason: string, field: string, message: string): void {
    // A rule may be checked twice, on the object and on its change; one report is enough.
    if (this.causes.some((cause) => cause.field === field && cause.message === message)) return;
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
