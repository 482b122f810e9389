import { CliError, throwAll } from "../cli-error.ts";
import { type CommandInput, defineCommand } from "../command.ts";
import { integer, text } from "../flags.ts";
import { filenameFlags } from "../request/common-flags.ts";
import { createFlags, createMade } from "../request/create-flags.ts";
import type { Found } from "../request/objects.ts";
import { findTargets } from "../request/targets.ts";

const flags = {
  ...createFlags,
  ...filenameFlags,
  min: integer("--min <count>", "The lower limit of pods; the server chooses when it is not given", -1),
  max: integer("--max <count>", "The upper limit of pods. Required.", -1),
  cpu: text("--cpu <target>", "Average use of CPU: a share of the requests (80%), or a quantity (500m)"),
  memory: text("--memory <target>", "Average use of memory: a share of the requests (80%), or a quantity (200Mi)"),
  cpuPercent: integer("--cpu-percent <share>", "The same as --cpu with a share", -1),
  name: text("--name <name>", "The name of the autoscaler; the object's when it is not given"),
};

export const command = defineCommand({
  usage: "(-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu=CPU] [--memory=MEMORY]",
  summary: "Auto-scale a deployment, replica set, stateful set, or replication controller",
  examples: ["typectl autoscale deployment web --min=2 --max=10 --cpu=80%"],
  flags,
  async run({ context, flags, args }) {
    check(flags);
    const { found, errors } = await findTargets(context, "autoscale", args, { ...flags, selector: "", all: false });
    for (const one of found) {
      try {
        await createMade(context, autoscalerOf(one, flags), flags, "autoscaled");
      } catch (error) {
        errors.push(error);
      }
    }
    throwAll(errors);
  },
});

type Words = CommandInput<typeof flags>["flags"];

function check({ min, max, cpu, cpuPercent }: Words): void {
  if (max < 1) throw new CliError(`--max=MAXPODS is required and must be at least 1, max: ${max}`);
  if (max < min) throw new CliError(`--max=MAXPODS must be larger or equal to --min=MINPODS, max: ${max}, min: ${min}`);
  if (cpu && cpuPercent >= 0) throw new CliError("--cpu-percent and --cpu are mutually exclusive");
}

function autoscalerOf({ info, object }: Found, { min, max, cpu, cpuPercent, memory, name }: Words) {
  if (!info.subresources.includes("scale")) throw new CliError(`cannot autoscale a ${info.kind}`);
  const cpuTarget = cpuPercent >= 0 ? `${cpuPercent}%` : cpu;
  const metrics = [...metricOf("cpu", cpuTarget), ...metricOf("memory", memory)];
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: name || object.metadata?.name },
    spec: {
      maxReplicas: max,
      ...(metrics.length > 0 ? { metrics } : {}),
      ...(min > 0 ? { minReplicas: min } : {}),
      scaleTargetRef: { apiVersion: info.apiVersion, kind: info.kind, name: object.metadata?.name },
    },
  };
}

function metricOf(name: string, wanted: string) {
  if (!wanted) return [];
  const target = wanted.endsWith("%")
    ? { type: "Utilization", averageUtilization: Number(wanted.slice(0, -1)) }
    : { type: "AverageValue", averageValue: wanted };
  if (Number.isNaN(target.averageUtilization)) throw new CliError(`invalid ${name} target: ${wanted}`);
  return [{ type: "Resource", resource: { name, target } }];
}
