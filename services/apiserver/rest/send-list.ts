import type { ListMeta } from "../../../gen/typernetes/meta/v1/object_meta.ts";
import { encodeKubernetesList } from "../../../lib/api/kubernetes-protobuf/list.ts";
import { EncodedMessage } from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { ServedResource } from "../served-resources.ts";
import { Slices } from "../slices.ts";
import { CachedList, type ObjectList } from "../verbs/list-answer.ts";
import { BodyStream } from "./body-stream.ts";
import { sendBody } from "./compression.ts";
import { encodeAnswer, wantsPretty } from "./encode-answer.ts";
import type { Exchange } from "./exchange.ts";
import { encoderOf, type ProtobufType } from "./kubernetes-protobuf.ts";
import { json, protobuf } from "./media-types.ts";
import { jsonLine, type Representation, type Shape } from "./representation.ts";
import { partialObject } from "./tables.ts";

type Answer = ObjectList | EncodedMessage<ObjectList>;

/** The parts of a list in JSON. */
interface JsonList {
  head: string;
  items: Iterable<Uint8Array>;
  tail: string;
  /** What items begin with that is not among their own bytes. */
  itemStart?: string;
}

/** Answers a list: as a stream of pieces, each made when the one before is on its way. */
export async function sendList(
  exchange: Exchange,
  served: ServedResource,
  representation: Representation,
  answer: Answer,
): Promise<void> {
  if (representation.encoding === json && !wantsPretty(exchange)) {
    await streamJson(exchange, jsonList(served, representation, answer));
    return;
  }
  if (representation.encoding === protobuf) {
    sendBody(exchange, 200, protobuf, await protobufList(representation, answer));
    return;
  }
  const list = answer instanceof EncodedMessage ? answer.value : answer;
  const shown = listInShape(served, representation, list);
  const body = encodeAnswer(exchange, shown, representation.encoding, representation.type);
  sendBody(exchange, 200, representation.encoding, body);
}

async function protobufList({ shape, type }: Representation, answer: Answer): Promise<Uint8Array> {
  const items: Uint8Array[] = [];
  const slices = new Slices();
  for (const item of protobufItems(shape, type, answer)) {
    if (slices.isOver()) await slices.breathe();
    items.push(item);
  }
  const { apiVersion, kind } = type;
  return encodeKubernetesList({ apiVersion, kind: `${kind}List` }, metadataOf(answer), items);
}

function* protobufItems(shape: Shape, type: ProtobufType, answer: Answer): Generator<Uint8Array> {
  const encode = encoderOf(type);
  const encodePartial = ({ metadata }: ApiObject) => encode({ metadata });
  if (answer instanceof CachedList) {
    const { cache, entries } = answer;
    for (const entry of entries) {
      yield shape.kind === "object"
        ? cache.encoded(entry, "kubernetesProtobuf", encode)
        : encodePartial(cache.decode(entry));
    }
  } else {
    for (const item of itemsOf(answer)) yield shape.kind === "object" ? encode(item) : encodePartial(item);
  }
}

async function streamJson(exchange: Exchange, { head, items, tail, itemStart = "" }: JsonList): Promise<void> {
  const body = new BodyStream(exchange, json);
  body.add(Buffer.from(head));
  let separator = Buffer.from(itemStart);
  const between = Buffer.from(`,${itemStart}`);
  for (const item of items) {
    if (exchange.gone) return;
    body.add(separator);
    separator = between;
    body.add(item);
    if (body.mustWait) await body.ready();
  }
  body.add(Buffer.from(tail));
  body.end();
}

function jsonList(served: ServedResource, { shape, type }: Representation, answer: Answer): JsonList {
  const metadata = metadataOf(answer);
  switch (shape.kind) {
    case "object": {
      const start = head(served.listKind ?? `${type.kind}List`, type.apiVersion, metadata, "items");
      if (served.isCustom) return { head: start, items: wholeItems(answer), tail: "]}\n" };
      return { head: start, itemStart: "{", items: wholeItems(answer, startOf(type)), tail: "]}\n" };
    }
    case "metadata": {
      const { apiVersion } = shape;
      const items = jsonOfEach(answer, (object) => partialObject(object, apiVersion));
      return { head: head("PartialObjectMetadataList", apiVersion, metadata, "items"), items, tail: "]}\n" };
    }
    case "table": {
      const { format } = shape;
      const definitions = `"columnDefinitions":${JSON.stringify(format.definitions)},"rows":[`;
      const start = head("Table", format.apiVersion, metadata, "").replace(/"":\[$/, definitions);
      return { head: start, items: jsonOfEach(answer, (object) => format.row(object)), tail: "]}\n" };
    }
  }
}

function head(kind: string, apiVersion: string, metadata: ListMeta, items: string): string {
  return `{"kind":"${kind}","apiVersion":"${apiVersion}","metadata":${JSON.stringify(metadata)},"${items}":[`;
}

function metadataOf(answer: Answer): ListMeta {
  if (answer instanceof CachedList) return answer.list.metadata;
  return (answer instanceof EncodedMessage ? answer.value : answer).metadata ?? {};
}

function itemsOf(answer: Answer): readonly ApiObject[] {
  return (answer instanceof EncodedMessage ? answer.value : answer).items ?? [];
}

/** Items without the line end that the cached encoding has, and without the `start` with which it begins. */
function* wholeItems(answer: Answer, start?: Uint8Array): Generator<Uint8Array> {
  if (answer instanceof CachedList) {
    for (const entry of answer.entries) yield withoutEnds(answer.cache.encoded(entry, "json", jsonLine), start);
  } else {
    for (const item of itemsOf(answer)) yield withoutEnds(jsonLine(item), start);
  }
}

/** The opening brace, kind and version of a kind's objects in JSON: lists of the contracts say it once for all. */
function startOf({ kind, apiVersion }: ProtobufType): Uint8Array {
  return Buffer.from(`{"kind":"${kind}","apiVersion":"${apiVersion}",`);
}

function withoutEnds(line: Uint8Array, start: Uint8Array | undefined): Uint8Array {
  return line.subarray(start === undefined ? 0 : beginsWith(line, start) ? start.length : 1, line.length - 1);
}

function beginsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  for (let index = 0; index < start.length; index++) if (bytes[index] !== start[index]) return false;
  return true;
}

function* jsonOfEach(answer: Answer, shape: (object: ApiObject) => object): Generator<Uint8Array> {
  if (answer instanceof CachedList) {
    for (const entry of answer.entries) yield Buffer.from(JSON.stringify(shape(answer.cache.decode(entry))));
  } else {
    for (const item of itemsOf(answer)) yield Buffer.from(JSON.stringify(shape(item)));
  }
}

function listInShape({ isCustom }: ServedResource, { shape }: Representation, list: ObjectList): object {
  const { metadata, items = [] } = list;
  switch (shape.kind) {
    case "object":
      return isCustom ? list : { ...list, items: items.map(untyped) };
    case "metadata": {
      const { apiVersion } = shape;
      const partial = items.map((item) => partialObject(item, apiVersion));
      return { kind: "PartialObjectMetadataList", apiVersion, metadata, items: partial };
    }
    case "table":
      return shape.format.table(
        metadata,
        items.map((item) => shape.format.row(item)),
      );
  }
}

function untyped({ kind: _kind, apiVersion: _version, ...object }: ApiObject): ApiObject {
  return object;
}
