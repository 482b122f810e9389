import { defineCommand } from "../command.ts";

export const command = defineCommand({
  usage: "",
  summary: "Display addresses of the control plane",
  examples: ["typectl cluster-info"],
  flags: {},
  async run({ context }) {
    const { client, access } = await context.connect();
    // An address at which nobody answers is no information.
    await client.core.v1.namespaces.list({ limit: 1, ...context.call });
    await context.print(`Kubernetes control plane is running at ${access.server}`);
    await context.print(`gRPC is served at ${context.address}`);
  },
});
