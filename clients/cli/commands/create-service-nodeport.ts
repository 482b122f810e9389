import { defineCommand } from "../command.ts";
import { integer } from "../flags.ts";
import { createFlags, createMade, onlyName } from "../request/create-flags.ts";
import { serviceObject, tcpFlag } from "../request/service-object.ts";

export const command = defineCommand({
  usage: "NAME [--tcp=<port>:<targetPort>]",
  summary: "Create a NodePort service",
  examples: ["typectl create service nodeport web --tcp=80:8080 --node-port=30080"],
  flags: {
    ...createFlags,
    tcp: tcpFlag,
    nodePort: integer("--node-port <port>", "The port on each node of the first port; 0 allocates one", 0),
  },
  async run({ context, flags, args }) {
    const made = serviceObject(onlyName("create service nodeport", args), "NodePort", flags.tcp);
    const [first, ...others] = made.spec.ports ?? [];
    const ports = flags.nodePort > 0 ? [{ ...first, nodePort: flags.nodePort }, ...others] : made.spec.ports;
    const object = { ...made, spec: { ...made.spec, ports } };
    await createMade(context, object, flags);
  },
});
