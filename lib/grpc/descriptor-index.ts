import { fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { descriptors } from "../../gen/descriptors.ts";
import { healthDescriptor } from "./health-descriptor.ts";

/** Finds encoded file descriptors, each with all files that it needs. */
export interface DescriptorIndex {
  byName(file: string): Uint8Array[] | undefined;
  /** By the full name of a service, method or message. */
  bySymbol(symbol: string): Uint8Array[] | undefined;
}

let made: DescriptorIndex | undefined;

/** The index over all contracts, made at the first call. */
export function descriptorIndex(): DescriptorIndex {
  made ??= makeIndex();
  return made;
}

function makeIndex(): DescriptorIndex {
  const contracts = fromBinary(FileDescriptorSetSchema, Buffer.from(descriptors, "base64"));
  const files = [...contracts.file, healthDescriptor()];
  const byName = new Map(files.map((file) => [file.name, file]));
  const bySymbol = new Map<string, string>();
  for (const file of files) {
    for (const symbol of symbolsOf(file)) bySymbol.set(symbol, file.name);
  }
  const withNeeded = (name: string | undefined) => {
    const file = name === undefined ? undefined : byName.get(name);
    return file && [...needed(file, byName)].map((each) => toBinary(FileDescriptorProtoSchema, each));
  };
  return { byName: withNeeded, bySymbol: (symbol) => withNeeded(bySymbol.get(symbol)) };
}

function* symbolsOf(file: FileDescriptorProto): Iterable<string> {
  const prefix = file.package ? `${file.package}.` : "";
  for (const service of file.service) {
    yield `${prefix}${service.name}`;
    for (const method of service.method) yield `${prefix}${service.name}.${method.name}`;
  }
  for (const message of file.messageType) yield* messageSymbols(prefix, message);
  for (const each of file.enumType) yield `${prefix}${each.name}`;
}

function* messageSymbols(prefix: string, message: DescriptorProto): Iterable<string> {
  yield `${prefix}${message.name}`;
  for (const nested of message.nestedType) yield* messageSymbols(`${prefix}${message.name}.`, nested);
  for (const each of message.enumType) yield `${prefix}${message.name}.${each.name}`;
}

function needed(
  file: FileDescriptorProto,
  byName: ReadonlyMap<string, FileDescriptorProto>,
  found = new Set<FileDescriptorProto>(),
): Set<FileDescriptorProto> {
  if (found.has(file)) return found;
  found.add(file);
  for (const name of file.dependency) {
    const dependency = byName.get(name);
    if (dependency) needed(dependency, byName, found);
  }
  return found;
}
