import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import type { DescriptorIndex } from "./descriptor-index.ts";
import { healthServiceName } from "./health.ts";
import type { MessageType } from "./method.ts";
import type { Router } from "./router.ts";
import { grpcCodes } from "./status.ts";

/** Numbers of the request's fields (https://github.com/grpc/grpc/blob/master/src/proto/grpc/reflection/v1/reflection.proto). */
const asks = { fileByName: 3, fileBySymbol: 4, fileByExtension: 5, extensionNumbers: 6, listServices: 7 } as const;

const answers = { files: 4, services: 6, error: 7 } as const;

interface ReflectionRequest {
  ask: number;
  /** File name, symbol or type. */
  name: string;
  /** The request as it came: answers repeat it. */
  original: Uint8Array;
}

/** The encoded answer. */
type ReflectionResponse = Uint8Array;

const requestType: MessageType<ReflectionRequest> = {
  encode: (message, writer = new BinaryWriter()) => writer.raw(message.original),
  decode(input) {
    const bytes = wholeMessage(input);
    const request: ReflectionRequest = { ask: 0, name: "", original: bytes };
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [field, wireType] = reader.tag();
      if (field >= asks.fileByName && field <= asks.listServices && wireType === 2) {
        request.ask = field;
        const value = reader.bytes();
        request.name = field === asks.fileByExtension ? "" : Buffer.from(value).toString();
      } else reader.skip(wireType);
    }
    return request;
  },
};

const responseType: MessageType<ReflectionResponse> = {
  encode: (message, writer = new BinaryWriter()) => writer.raw(message),
  decode: wholeMessage,
};

/** These messages are never part of another one. */
function wholeMessage(input: BinaryReader | Uint8Array): Uint8Array {
  if (input instanceof Uint8Array) return input;
  throw new TypeError("a whole message was expected");
}

function definition(version: "v1" | "v1alpha") {
  return {
    name: "ServerReflection",
    fullName: `grpc.reflection.${version}.ServerReflection`,
    methods: {
      info: {
        name: "ServerReflectionInfo",
        requestType,
        requestStream: true,
        responseType,
        responseStream: true,
      },
    },
  } as const;
}

/** Lets `grpcurl` and the like ask what `served` offers. The descriptors are read when first asked for. */
export function addReflection(router: Router, served: Router): void {
  const handlers = {
    info: async function* (requests: AsyncIterable<ReflectionRequest>) {
      const { descriptorIndex } = await import("./descriptor-index.ts");
      for await (const request of requests) yield answer(request, descriptorIndex(), served);
    },
  };
  router.add(definition("v1"), handlers).add(definition("v1alpha"), handlers);
}

function answer(request: ReflectionRequest, index: DescriptorIndex, served: Router): ReflectionResponse {
  if (request.ask === asks.listServices) return response(request, answers.services, serviceList(served));
  const files = request.ask === asks.fileByName ? index.byName(request.name) : index.bySymbol(request.name);
  if (!files) return response(request, answers.error, notFound(request.name));
  const writer = new BinaryWriter();
  for (const file of files) writer.uint32(10).bytes(file);
  return response(request, answers.files, writer.finish());
}

function response(request: ReflectionRequest, field: number, message: Uint8Array): Uint8Array {
  const writer = new BinaryWriter();
  writer.uint32(18).bytes(request.original);
  return writer
    .uint32((field << 3) | 2)
    .bytes(message)
    .finish();
}

function serviceList(served: Router): Uint8Array {
  const names = new Set([healthServiceName]);
  for (const route of served.routes()) names.add(route.service.fullName);
  const writer = new BinaryWriter();
  for (const name of [...names].sort()) writer.uint32(10).bytes(new BinaryWriter().uint32(10).string(name).finish());
  return writer.finish();
}

function notFound(name: string): Uint8Array {
  return new BinaryWriter().uint32(8).int32(grpcCodes.NOT_FOUND).uint32(18).string(`"${name}" is not known`).finish();
}
