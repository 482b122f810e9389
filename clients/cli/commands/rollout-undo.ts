import type { PodTemplateSpec } from "../../../gen/typernetes/core/v1/pod_template.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { integer } from "../flags.ts";
import { DescriptionText } from "../print/describe/description-text.ts";
import { describePodTemplate } from "../print/describe/pod-template.ts";
import { type DryRun, dryRunFlag, dryRunOption, dryRunSuffix, readDryRun } from "../request/common-flags.ts";
import { fieldManager } from "../request/create-object.ts";
import { objectName } from "../request/names.ts";
import { clientOf } from "../request/objects.ts";
import { type Revision, revisionsOf } from "../rollout/revisions.ts";
import { findSubjects, type Subject, subjectFlags } from "../rollout/subjects.ts";

const hashLabel = "pod-template-hash";

export const command = defineCommand({
  usage: "(TYPE NAME | TYPE/NAME)",
  summary: "Undo a previous rollout",
  examples: ["typectl rollout undo deployment/web", "typectl rollout undo deployment/web --to-revision=3"],
  flags: {
    ...subjectFlags,
    toRevision: integer("--to-revision <number>", "The revision to go back to; 0 is the one before", 0),
    dryRun: dryRunFlag,
  },
  async run({ context, flags, args }) {
    if (flags.toRevision < 0) throw new CliError(`revision must be a positive integer: ${flags.toRevision}`);
    const dryRun = readDryRun(flags.dryRun);
    for (const subject of await findSubjects(context, "undo", args, flags)) {
      const what = await undo(context, subject, flags.toRevision, dryRun);
      await context.print(`${objectName(subject.info, subject.object.metadata?.name)} ${what}${dryRunSuffix(dryRun)}`);
    }
  },
});

async function undo(context: Context, subject: Subject, to: number, dryRun: DryRun): Promise<string> {
  const { rolling, object, info } = subject;
  const { name = "", namespace } = object.metadata ?? {};
  if (rolling.kind === "Deployment" && rolling.object.spec?.paused)
    throw new CliError(
      `you cannot rollback a paused deployment; resume it first with 'typectl rollout resume' and try again`,
    );
  const target = chosen(await revisionsOf(context, subject), to, rolling.kind, name);
  const template = withoutHash(target.template);
  if (dryRun === "client") return describeTarget(template);
  if (deepEqual(template, withoutHash(rolling.object.spec?.template ?? {})))
    return `skipped rollback (current template already matches revision ${target.number})`;
  const patch = [{ op: "replace", path: "/spec/template", value: template }, ...causePatch(subject, target)];
  const client = await clientOf(context, info);
  const where = namespace ? { namespace } : {};
  await client.patch(name, patch, {
    ...where,
    type: "application/json-patch+json",
    fieldManager,
    ...dryRunOption(dryRun),
    ...context.call,
  });
  return "rolled back";
}

function chosen(revisions: readonly Revision[], to: number, kind: string, name: string): Revision {
  const found = to === 0 ? revisions.at(-2) : revisions.find(({ number }) => number === to);
  if (found) return found;
  throw new CliError(
    to === 0
      ? `no rollout history found for ${kind.toLowerCase()} ${JSON.stringify(name)}`
      : `unable to find specified revision ${to} in history`,
  );
}

/** The label that tells pods of one revision from others is the controller's. */
function withoutHash(template: PodTemplateSpec): PodTemplateSpec {
  const { [hashLabel]: _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

/** The cause of the change goes with the revision. */
function causePatch({ object }: Subject, { changeCause }: Revision): object[] {
  const path = "/metadata/annotations/kubernetes.io~1change-cause";
  const annotations = object.metadata?.annotations ?? {};
  if (changeCause) return [{ op: "add", path, value: changeCause }];
  return Object.hasOwn(annotations, "kubernetes.io/change-cause") ? [{ op: "remove", path }] : [];
}

function describeTarget(template: PodTemplateSpec): string {
  const text = new DescriptionText();
  describePodTemplate(text, template);
  return `would be rolled back to:\n${text.toString().trimEnd()}`;
}
