import { defineCommand } from "../command.ts";
import { createFlags, createMade, onlyName } from "../request/create-flags.ts";
import { serviceObject, tcpFlag } from "../request/service-object.ts";

export const command = defineCommand({
  usage: "NAME [--tcp=port:targetPort]",
  summary: "Create a LoadBalancer service",
  examples: ["typectl create service loadbalancer web --tcp=80:8080"],
  flags: { ...createFlags, tcp: tcpFlag },
  run: ({ context, flags, args }) =>
    createMade(context, serviceObject(onlyName("create service loadbalancer", args), "LoadBalancer", flags.tcp), flags),
});
