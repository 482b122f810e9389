import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { type FileDescriptorSet, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

/** Services of others, which are only called. */
const foreign = /^runtime\//;

/** `gen/descriptors.ts`: the contracts' descriptors without comments, for gRPC reflection; loaded when first asked for. */
export function emitDescriptors(files: FileDescriptorSet): string {
  const served = files.file.filter((file) => !foreign.test(file.name));
  const bare: MessageInitShape<typeof FileDescriptorSetSchema> = {
    file: served.map((file) => ({ ...file, sourceCodeInfo: undefined })),
  };
  const bytes = toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, bare));
  const text = Buffer.from(bytes).toString("base64");
  return `// Generated from proto/ by scripts/generate. Do not edit.\n\n/** A google.protobuf.FileDescriptorSet, as base64. */\nexport const descriptors = "${text}";\n`;
}
