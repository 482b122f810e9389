import { defineCommand } from "../command.ts";
import { createFlags, createMade, onlyName } from "../request/create-flags.ts";

export const command = defineCommand({
  usage: "NAME",
  summary: "Create a namespace with the specified name",
  examples: ["typectl create namespace shop"],
  flags: createFlags,
  run: ({ context, flags, args }) =>
    createMade(
      context,
      { apiVersion: "v1", kind: "Namespace", metadata: { name: onlyName("create namespace", args) } },
      flags,
    ),
});
