import type { DeleteOptions } from "../../../gen/typernetes/meta/v1/options.ts";
import { decode, type FieldValidation } from "../../../lib/api/decode.ts";
import { duplicateFields, parseJson } from "../../../lib/api/parse-json.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { Exchange } from "./exchange.ts";
import { decodeProtobuf } from "./kubernetes-protobuf.ts";
import { yamlNow } from "./late-yaml.ts";
import { bareType, json, protobuf, yaml } from "./media-types.ts";
import { readBody } from "./read-body.ts";
import { unsupportedType } from "./refusals.ts";

/** How objects of a kind are read from JSON. */
export interface BodyKind {
  readonly version: string;
  readonly kind: string;
  /** The message that its objects are in Kubernetes' protobuf; undefined: they are sent as JSON and YAML only. */
  readonly message: string | undefined;
  decode(json: unknown, validation: FieldValidation): { object: ApiObject; warnings: readonly string[] };
}

/** A parsed body, and what its text alone shows. */
interface Parsed {
  value: unknown;
  duplicates: readonly string[];
}

/** A kind that is read by its contract. */
export function contractBody(message: string, version: string, kind: string): BodyKind {
  return { message, version, kind, decode: (value, validation) => decode(message, value, validation) };
}

/**
 * The object in a request's body. Warnings go to the client with the answer.
 * @throws StatusError BadRequest, UnsupportedMediaType, RequestEntityTooLarge.
 */
export async function readObject(exchange: Exchange, kind: BodyKind, validation: FieldValidation): Promise<ApiObject> {
  const bytes = await readBody(exchange);
  const type = bareType(exchange.headers["content-type"]) || json;
  if (type === protobuf && kind.message) return decodeProtobuf(kind.message, bytes);
  const { value, duplicates } = parseBody(type, bytes, validation, kind.message !== undefined);
  const { object, warnings } = kind.decode(value, validation === "Ignore" ? "Ignore" : "Warn");
  const faults = [...duplicates, ...warnings];
  if (validation === "Strict" && faults.length > 0) {
    const subject = `${kind.kind} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}`;
    throw new StatusError("BadRequest", `${subject}: strict decoding error: ${faults.join(", ")}`);
  }
  if (validation === "Warn") exchange.warnings.push(...faults);
  return object;
}

/** Options of a deletion in its body, if there is one. @throws StatusError BadRequest. */
export async function readDeleteOptions(exchange: Exchange): Promise<DeleteOptions | undefined> {
  const bytes = await readBody(exchange);
  if (bytes.length === 0) return undefined;
  const type = bareType(exchange.headers["content-type"]) || json;
  if (type === protobuf) return decodeProtobuf("meta.v1.DeleteOptions", bytes);
  // Clients send these options with whatever type they have at hand.
  const { value } = parseBody(type === yaml ? yaml : json, bytes, "Ignore", true);
  return decode<DeleteOptions>("meta.v1.DeleteOptions", value, "Ignore").object;
}

function parseBody(type: string, bytes: Buffer, validation: FieldValidation, speaksProtobuf: boolean): Parsed {
  const text = bytes.toString("utf8");
  switch (type) {
    case json: {
      const value = parseJson(text);
      return { value, duplicates: validation === "Ignore" ? [] : duplicateFields(text, value) };
    }
    case yaml:
      return { value: yamlNow().parseYaml(text)[0]?.value, duplicates: [] };
    default:
      throw unsupportedType(speaksProtobuf ? [json, yaml, protobuf] : [json, yaml]);
  }
}
