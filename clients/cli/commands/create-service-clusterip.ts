import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { text } from "../flags.ts";
import { createFlags, createMade, onlyName } from "../request/create-flags.ts";
import { serviceObject, tcpFlag } from "../request/service-object.ts";

export const command = defineCommand({
  usage: "NAME [--tcp=<port>:<targetPort>]",
  summary: "Create a ClusterIP service",
  examples: [
    "typectl create service clusterip web --tcp=80:8080",
    'typectl create service clusterip web --clusterip="None"',
  ],
  flags: {
    ...createFlags,
    tcp: tcpFlag,
    clusterip: text("--clusterip <address>", "The address; None makes a headless service, empty allocates one"),
  },
  async run({ context, flags, args }) {
    const name = onlyName("create service clusterip", args);
    const { clusterip, tcp } = flags;
    if (clusterip === "None" && tcp.length > 0) throw new CliError("can not map ports with clusterip=None");
    const made = serviceObject(name, "ClusterIP", tcp, clusterip === "None");
    const object = clusterip ? { ...made, spec: { ...made.spec, clusterIP: clusterip } } : made;
    await createMade(context, object, flags);
  },
});
