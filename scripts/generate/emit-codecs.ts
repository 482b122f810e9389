import type { FileRegistry } from "@bufbuild/protobuf";
import { ownMessages, shortName } from "./emit-schema.ts";
import type { Rules } from "./rules.ts";

/** `gen/codecs.ts`: the codec of every message that has a schema, for code that knows a message by name alone. */
export function emitCodecs(registry: FileRegistry, rules: Rules): string {
  const imports = new Map<string, string>();
  const entries: string[] = [];
  for (const message of ownMessages(registry)) {
    if (rules.plain(message)) continue;
    const file = message.file.name;
    const alias = file.slice("typernetes/".length).replace(/[^a-z0-9]+/gi, "_");
    imports.set(file, alias);
    entries.push(`  ${JSON.stringify(shortName(message))}: ${alias}.${message.name},`);
  }
  return [
    "// Generated from proto/ by scripts/generate. Do not edit.",
    "",
    'import type { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";',
    ...[...imports].map(([file, alias]) => `import * as ${alias} from "./${file}.ts";`),
    "",
    "/** Writes and reads one message. */",
    "export interface MessageCodec {",
    "  encode(message: object, writer?: BinaryWriter): BinaryWriter;",
    "  decode(input: BinaryReader | Uint8Array, length?: number): object;",
    "}",
    "",
    "/** Codecs of all messages, by name without `typernetes.`: `core.v1.Pod`. */",
    "export const codecs: Readonly<Record<string, MessageCodec>> = {",
    ...entries,
    "};",
    "",
  ].join("\n");
}
