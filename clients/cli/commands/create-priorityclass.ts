import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { integer, text, toggle } from "../flags.ts";
import { createFlags, createMade, onlyName } from "../request/create-flags.ts";

export const command = defineCommand({
  usage: "NAME --value=VALUE [--global-default=BOOL]",
  summary: "Create a priority class with the specified name",
  examples: ['typectl create priorityclass high --value=1000 --description="before others"'],
  flags: {
    ...createFlags,
    value: integer("--value <number>", "The priority", 0),
    globalDefault: toggle("--global-default", "Whether it is the default of pods that name none"),
    description: text("--description <text>", "When the class should be used"),
    preemptionPolicy: text("--preemption-policy <policy>", "PreemptLowerPriority or Never", "PreemptLowerPriority"),
  },
  async run({ context, flags, args }) {
    const name = onlyName("create priorityclass", args);
    const { value, globalDefault, description, preemptionPolicy } = flags;
    if (preemptionPolicy !== "PreemptLowerPriority" && preemptionPolicy !== "Never")
      throw new CliError(
        `invalid preemption policy ${JSON.stringify(preemptionPolicy)}: must be PreemptLowerPriority or Never`,
      );
    const object = {
      apiVersion: "scheduling.k8s.io/v1",
      kind: "PriorityClass",
      metadata: { name },
      value,
      ...(globalDefault ? { globalDefault } : {}),
      ...(description ? { description } : {}),
      preemptionPolicy,
    };
    await createMade(context, object, flags);
  },
});
