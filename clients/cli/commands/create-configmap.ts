import { isUtf8 } from "node:buffer";
import { defineCommand } from "../command.ts";
import { createFlags, createMade, onlyName } from "../request/create-flags.ts";
import { contentsFlags, readContents } from "../request/read-contents.ts";

export const command = defineCommand({
  usage: "NAME [--from-file=[key=]source] [--from-literal=key1=value1]",
  summary: "Create a config map from a local file, directory or literal value",
  examples: [
    "typectl create configmap web --from-literal=color=blue",
    "typectl create configmap web --from-file=config/",
  ],
  flags: { ...createFlags, ...contentsFlags },
  async run({ context, flags, args }) {
    const contents = [...(await readContents(flags))];
    const texts = contents.filter(([, value]) => isUtf8(value)).map(([key, value]) => [key, value.toString()] as const);
    const binaries = contents
      .filter(([, value]) => !isUtf8(value))
      .map(([key, value]) => [key, value.toString("base64")] as const);
    const object = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: onlyName("create configmap", args) },
      ...(texts.length > 0 ? { data: Object.fromEntries(texts) } : {}),
      ...(binaries.length > 0 ? { binaryData: Object.fromEntries(binaries) } : {}),
    };
    await createMade(context, object, flags);
  },
});
