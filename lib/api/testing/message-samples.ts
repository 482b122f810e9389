import { setEntry } from "../../../gen/plain-values.ts";
import { type CompiledField, type CompiledMessage, compiledMessage } from "../compiled-schema.ts";
import type { JsonRecord } from "../records.ts";

/** Keys of maps that have been lost by others before. */
const mapKeys = ["app.kubernetes.io/name", "__proto__", "constructor"];
/** A message that contains itself is entered this often. */
const recursionMax = 2;

/** JSON of a message with a value in every field, all in the form in which Kubernetes would write them. */
export function fullMessage(name: string): JsonRecord {
  return new Sampler().message(compiledMessage(name));
}

class Sampler {
  readonly #inside: CompiledMessage[] = [];
  #count = 0;

  message(message: CompiledMessage): JsonRecord {
    this.#inside.push(message);
    const json: JsonRecord = {};
    for (const field of message.fields.values()) {
      if (!this.#isTooDeep(field)) json[field.name] = this.#field(field);
      else if (field.alwaysWritten) json[field.name] = field.repeated ? [] : {};
    }
    this.#inside.pop();
    return json;
  }

  #isTooDeep({ message }: CompiledField): boolean {
    return message !== undefined && this.#inside.filter((outer) => outer === message).length >= recursionMax;
  }

  #field(field: CompiledField): unknown {
    if (field.repeated) return [this.#item(field), this.#item(field)];
    if (!field.map) return this.#item(field);
    const map: JsonRecord = {};
    for (const key of mapKeys) setEntry(map, key, this.#item(field));
    return map;
  }

  #item(field: CompiledField): unknown {
    return field.message ? this.message(field.message) : scalarSample(field, ++this.#count);
  }
}

/** The value of a scalar; others for other `count`s. */
function scalarSample(field: CompiledField, count: number): unknown {
  const second = String(count % 60).padStart(2, "0");
  switch (field.type) {
    case "int32":
      return count % 2 === 0 ? 2 ** 31 - 1 - count : -(2 ** 31) + count;
    case "uint32":
      return 2 ** 32 - 1 - count;
    case "int64":
      return count % 2 === 0 ? Number.MAX_SAFE_INTEGER - count : Number.MIN_SAFE_INTEGER + count;
    case "double":
      return count + 0.1;
    case "bool":
      return true;
    case "quantity":
      return ["1500m", "3Gi", "7", "7Ei", "100n", "1e3"][count % 6];
    case "time":
      return `2024-02-29T23:59:${second}Z`;
    case "microTime":
      return `2024-02-29T23:59:${second}.123456Z`;
    case "duration":
      return ["1h2m3.5s", "0s", "1m0s"][count % 3];
    case "bytes":
      return Buffer.from([0, 255, count % 256]).toString("base64");
    case "json":
      return [{ "": null, a: [1.5, "ä€😀", { __proto: [] }], deep: { t: true } }, false, "text", [null, {}], 0][
        count % 5
      ];
    case "intOrString":
      return count % 2 === 0 ? -count : `${count}%`;
    case "stringList":
      return [`item-${count}`, ""];
    case "message":
    case "rawBytes":
      throw new TypeError(`${field.name} is no value of JSON`);
    default:
      return field.schema.enum?.at(-1) || `${field.name}-${count}-ä😀`;
  }
}

/** The emptiest value of a field that its type has: zero, an empty text, list, map or struct. */
export function emptyValue(field: CompiledField): unknown {
  if (field.map) return {};
  if (field.repeated || field.type === "stringList") return [];
  switch (field.type) {
    case "message":
      return {};
    case "bool":
      return false;
    case "string":
    case "bytes":
    case "intOrString":
      return "";
    case "quantity":
      return "0";
    case "duration":
      return "0s";
    case "time":
      return "1970-01-01T00:00:00Z";
    case "microTime":
      return "1970-01-01T00:00:00.000000Z";
    default:
      return 0;
  }
}
