import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { text } from "../flags.ts";
import { createFlags, createMade, onlyName } from "../request/create-flags.ts";
import { serviceObject, tcpFlag } from "../request/service-object.ts";

export const command = defineCommand({
  usage: "NAME --external-name external.name",
  summary: "Create an ExternalName service",
  examples: ["typectl create service externalname db --external-name=db.example.com"],
  flags: {
    ...createFlags,
    tcp: tcpFlag,
    externalName: text("--external-name <name>", "The name that the service stands for"),
  },
  async run({ context, flags, args }) {
    const name = onlyName("create service externalname", args);
    if (!flags.externalName) throw new CliError('required flag(s) "external-name" not set');
    const made = serviceObject(name, "ExternalName", flags.tcp);
    const object = { ...made, spec: { ...made.spec, externalName: flags.externalName } };
    await createMade(context, object, flags);
  },
});
