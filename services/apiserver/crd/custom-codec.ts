import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import { ObjectMeta } from "../../../gen/typernetes/meta/v1/object_meta.ts";
import type { MessageType } from "../../../lib/grpc/method.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";

const tags = { metadata: 1 * 8 + 2, content: 2 * 8 + 2, apiVersion: 1001 * 8 + 2, kind: 1002 * 8 + 2 } as const;
const decoder = new TextDecoder();

/**
 * How custom objects are stored: a message with the metadata where every kind has it, and everything else as JSON text.
 * `complete` is called for every object read, before anybody sees it.
 */
export function customCodec(complete: (object: ApiObject) => void): MessageType<ApiObject> {
  return {
    encode({ apiVersion, kind, metadata, ...content }, writer = new BinaryWriter()) {
      if (metadata) ObjectMeta.encode(metadata, writer.uint32(tags.metadata).fork()).join();
      if (Object.keys(content).length > 0) writer.uint32(tags.content).string(JSON.stringify(content));
      if (apiVersion) writer.uint32(tags.apiVersion).string(apiVersion);
      if (kind) writer.uint32(tags.kind).string(kind);
      return writer;
    },
    decode(input, length) {
      const object = readFrame(input, length);
      complete(object);
      return object;
    },
  };
}

function readFrame(input: BinaryReader | Uint8Array, length: number | undefined): ApiObject {
  const reader = input instanceof BinaryReader ? input : new BinaryReader(input);
  const end = length === undefined ? reader.len : reader.pos + length;
  let [apiVersion, kind, metadata, content]: [string, string, ObjectMeta, object] = ["", "", {}, {}];
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === tags.metadata) metadata = ObjectMeta.decode(reader, reader.uint32());
    else if (tag === tags.content) content = parseObject(reader.bytes());
    else if (tag === tags.apiVersion) apiVersion = reader.string();
    else if (tag === tags.kind) kind = reader.string();
    else reader.skip(tag & 7);
  }
  return { apiVersion, kind, metadata, ...content };
}

function parseObject(bytes: Uint8Array): object {
  const value: unknown = JSON.parse(decoder.decode(bytes));
  return typeof value === "object" && value !== null ? value : {};
}
