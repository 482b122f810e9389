/**
 * The code-generator plugin: reads the contracts with their custom options (a `CodeGeneratorRequest` on standard input, as
 * buf sends it) and answers `gen/schema.ts`, `gen/resources.ts`, `gen/codecs.ts` and `gen/descriptors.ts`.
 */
import { readFileSync } from "node:fs";
import { create, createFileRegistry, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  CodeGeneratorRequestSchema,
  CodeGeneratorResponse_Feature,
  CodeGeneratorResponse_FileSchema,
  CodeGeneratorResponseSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { emitCodecs } from "./emit-codecs.ts";
import { emitDescriptors } from "./emit-descriptors.ts";
import { emitResources } from "./emit-resources.ts";
import { emitSchema } from "./emit-schema.ts";
import { readRules } from "./rules.ts";

const request = fromBinary(CodeGeneratorRequestSchema, readFileSync(0));
const files = create(FileDescriptorSetSchema, { file: request.protoFile });
const registry = createFileRegistry(files);
const rules = readRules(registry);
const response = create(CodeGeneratorResponseSchema, {
  supportedFeatures: BigInt(CodeGeneratorResponse_Feature.PROTO3_OPTIONAL),
  file: [
    { name: "schema.ts", content: emitSchema(registry, rules) },
    { name: "resources.ts", content: emitResources(registry, rules) },
    { name: "codecs.ts", content: emitCodecs(registry, rules) },
    { name: "descriptors.ts", content: emitDescriptors(files) },
  ].map((file) => create(CodeGeneratorResponse_FileSchema, file)),
});
process.stdout.end(toBinary(CodeGeneratorResponseSchema, response));
