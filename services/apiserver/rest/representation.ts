import { encodeJson } from "../../../lib/api/encode-json.ts";
import { withHeldStructs } from "../../../lib/api/held-structs.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { ServedResource } from "../served-resources.ts";
import type { Exchange } from "./exchange.ts";
import { type ProtobufType, speaksProtobuf } from "./kubernetes-protobuf.ts";
import { acceptedType, json, type MediaType, protobuf, yaml } from "./media-types.ts";
import { includeObjectOf, TableFormat } from "./tables.ts";

/** As what the objects of a request are answered. */
export type Shape =
  | { readonly kind: "object" }
  | { readonly kind: "table"; readonly format: TableFormat }
  | { readonly kind: "metadata"; readonly apiVersion: string };

/** Shape and encoding of an answer. */
export interface Representation {
  readonly encoding: MediaType["encoding"];
  readonly shape: Shape;
  /** What one object is in protobuf. */
  readonly type: ProtobufType;
  /** Equal for representations in which all objects are written the same. */
  readonly key: string;
}

const metadataGroup = "meta.k8s.io";
const versions = new Set(["v1", "v1beta1"]);
const wholeObject: Shape = { kind: "object" };
const encodings = [json, yaml, protobuf] as const;
const withoutProtobuf = [json, yaml] as const;
const inWatches = [json, protobuf] as const;
const plain = new WeakMap<ServedResource, Representation>();

/** What the client accepts of a kind: one object, a list or the events of a watch. @throws StatusError NotAcceptable. */
export function representationFor(
  exchange: Exchange,
  served: ServedResource,
  of: "object" | "list" | "watch",
): Representation {
  const { accept } = exchange.headers;
  if (!accept || accept === json || accept === "*/*") return plainOf(served);
  const partial = of === "list" ? "PartialObjectMetadataList" : "PartialObjectMetadata";
  const hasProtobuf = !served.isCustom && speaksProtobuf(served.schema.message);
  // What is only created, as reviews are, is no object that has metadata.
  const isListed = served.schema.verbs.includes("get");
  const canAnswer = ({ encoding, as, group, version }: MediaType) => {
    if (as === undefined) return encoding !== protobuf || hasProtobuf;
    if (group !== metadataGroup || !versions.has(version ?? "") || !isListed) return false;
    // Kubernetes has no protobuf form of tables.
    return as === partial || (as === "Table" && encoding !== protobuf);
  };
  const offered = of === "watch" ? inWatches : hasProtobuf ? encodings : withoutProtobuf;
  const accepted = acceptedType(accept, canAnswer, offered, of === "watch" ? ";stream=watch" : "");
  return accepted.as === undefined
    ? { ...plainOf(served), encoding: accepted.encoding, key: accepted.encoding }
    : reshaped(exchange, served, accepted);
}

function reshaped(
  exchange: Exchange,
  served: ServedResource,
  { encoding, as, version = "v1" }: MediaType,
): Representation {
  const apiVersion = `${metadataGroup}/${version}`;
  const type = { message: "meta.v1.PartialObjectMetadata", apiVersion, kind: "PartialObjectMetadata" };
  if (as !== "Table") {
    return { encoding, type, shape: { kind: "metadata", apiVersion }, key: `${encoding};partial;${version}` };
  }
  const include = includeObjectOf(exchange.query);
  const format = new TableFormat(served.strategy, version, include, Date.now);
  return { encoding, type, shape: { kind: "table", format }, key: `${encoding};table;${version};${include}` };
}

function plainOf(served: ServedResource): Representation {
  let found = plain.get(served);
  if (!found) {
    found = { encoding: json, shape: wholeObject, key: json, type: protobufTypeOf(served) };
    plain.set(served, found);
  }
  return found;
}

function protobufTypeOf({ schema }: ServedResource): ProtobufType {
  const { group, version, kind, message } = schema;
  return { message, kind, apiVersion: group ? `${group}/${version}` : version };
}

/** The bytes of an object's JSON with a line end, as they are sent and kept. */
export function jsonLine(object: ApiObject): Uint8Array {
  return Buffer.from(`${encodeJson(withHeldStructs(object))}\n`);
}
