import { defineCommand } from "../command.ts";
import { createFlags, createMade, onlyName } from "../request/create-flags.ts";

export const command = defineCommand({
  usage: "NAME",
  summary: "Create a service account with the specified name",
  examples: ["typectl create serviceaccount builder"],
  flags: createFlags,
  run: ({ context, flags, args }) =>
    createMade(
      context,
      { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: onlyName("create serviceaccount", args) } },
      flags,
    ),
});
