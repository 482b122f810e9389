import { defineCommand } from "../command.ts";
import { text } from "../flags.ts";
import { createFlags, createMade, onlyName } from "../request/create-flags.ts";
import { contentsFlags, readContents } from "../request/read-contents.ts";

export const command = defineCommand({
  usage: "NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1]",
  summary: "Create a secret from a local file, directory, or literal value",
  examples: ["typectl create secret generic login --from-literal=password=example"],
  flags: { ...createFlags, ...contentsFlags, type: text("--type <type>", "The type of secret to create") },
  async run({ context, flags, args }) {
    const contents = [...(await readContents(flags))].map(([key, value]) => [key, value.toString("base64")] as const);
    const object = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: onlyName("create secret generic", args) },
      ...(flags.type ? { type: flags.type } : {}),
      ...(contents.length > 0 ? { data: Object.fromEntries(contents) } : {}),
    };
    await createMade(context, object, flags);
  },
});
