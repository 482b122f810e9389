import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import { CliError, throwAll, usageError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { toggle } from "../flags.ts";
import { dryRunFlag, dryRunSuffix, readDryRun } from "../request/common-flags.ts";
import { patchFound } from "../request/patch-found.ts";
import { findTargets, targetFlags } from "../request/targets.ts";

const effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/** A taint that is set, or taken away where it has no value. */
interface Change {
  readonly key: string;
  readonly value: string;
  /** Empty: of whatever effect, when it is taken away. */
  readonly effect: string;
  readonly removes: boolean;
}

export const command = defineCommand({
  usage: "NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N",
  summary: "Update the taints on one or more nodes",
  examples: ["typectl taint nodes node-1 dedicated=gpu:NoSchedule", "typectl taint nodes node-1 dedicated-"],
  flags: {
    ...targetFlags,
    overwrite: toggle("--overwrite", "Allow taints to be changed that are there already"),
    dryRun: dryRunFlag,
  },
  async run({ context, flags, args }) {
    const isChange = (word: string) => /[=:]/.test(word) || word.endsWith("-");
    const first = args.findIndex(isChange);
    if (first < 0) throw usageError("taint", "at least one taint update is required");
    const changes = args.slice(first).map(readChange);
    const dryRun = readDryRun(flags.dryRun);
    const { found, errors } = await findTargets(context, "taint", args.slice(0, first), flags);
    for (const one of found) {
      try {
        if (one.info.plural !== "nodes")
          throw new CliError(`invalid resource type ${one.info.plural}, only node(s) is supported`);
        const node: Node = one.object;
        const taints = changed(node, changes, flags.overwrite);
        await patchFound(context, one, { spec: { taints } }, dryRun, { type: "application/merge-patch+json" });
        const what = changes.every(({ removes }) => removes)
          ? "untainted"
          : changes.some(({ removes }) => removes)
            ? "modified"
            : "tainted";
        await context.print(`node/${node.metadata?.name} ${what}${dryRunSuffix(dryRun)}`);
      } catch (error) {
        errors.push(error);
      }
    }
    throwAll(errors);
  },
});

function readChange(text: string): Change {
  const match = /^([^=:]+)(?:=([^:]*))?(?::([A-Za-z]+))?(-)?$/.exec(text.replace(/-$/, ""));
  const removes = text.endsWith("-");
  const [, key = "", value = "", effect = ""] = match ?? [];
  if (!match || !key || (!removes && !effect)) throw new CliError(`invalid taint spec: ${text}`);
  if (effect && !effects.includes(effect))
    throw new CliError(`invalid taint effect: ${effect}, unsupported taint effect`);
  return { key, value, effect, removes };
}

type Taints = NonNullable<NonNullable<Node["spec"]>["taints"]>;

function changed({ metadata, spec }: Node, changes: readonly Change[], overwrites: boolean): Taints {
  let taints: Taints = [...(spec?.taints ?? [])];
  for (const { key, value, effect, removes } of changes) {
    const isMeant = (taint: Taints[number]) => taint.key === key && (effect === "" || taint.effect === effect);
    const has = taints.some(isMeant);
    if (removes && !has) throw new CliError(`taint ${JSON.stringify(effect ? `${key}:${effect}` : key)} not found`);
    if (!removes && has && !overwrites)
      throw new CliError(
        `node ${metadata?.name} already has ${key} taint(s) with same effect(s) and --overwrite is false`,
      );
    taints = taints.filter((taint) => !isMeant(taint));
    if (!removes) taints.push({ key, effect, ...(value ? { value } : {}) });
  }
  return taints;
}
