import { defineCommand } from "../command.ts";
import { list } from "../flags.ts";
import { createFlags, createMade, onlyName } from "../request/create-flags.ts";
import { readPairs } from "../request/pairs.ts";

export const command = defineCommand({
  usage: "NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2]",
  summary: "Create a quota with the specified name",
  examples: ["typectl create quota small --hard=cpu=1,memory=1G,pods=2"],
  flags: {
    ...createFlags,
    hard: list("--hard <resource=quantity>", "The limits, parted by commas"),
    scopes: list("--scopes <scope>", "What the quota counts, parted by commas"),
  },
  async run({ context, flags, args }) {
    const hard = readPairs(flags.hard, "quota limit");
    const scopes = [...flags.scopes];
    const object = {
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { name: onlyName("create quota", args) },
      spec: { ...(flags.hard.length > 0 ? { hard } : {}), ...(scopes.length > 0 ? { scopes } : {}) },
    };
    await createMade(context, object, flags);
  },
});
