import { defineCommand } from "../command.ts";
import { createFlags, createMade, onlyName } from "../request/create-flags.ts";
import { serviceObject, tcpFlag } from "../request/service-object.ts";

export const command = defineCommand({
  usage: "NAME [--tcp=<port>:<targetPort>]",
  summary: "Create a ClusterIP service",
  examples: ["typectl create service clusterip web --tcp=80:8080"],
  flags: { ...createFlags, tcp: tcpFlag },
  run: ({ context, flags, args }) =>
    createMade(context, serviceObject(onlyName("create service clusterip", args), "ClusterIP", flags.tcp), flags),
});
