import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { integer } from "../flags.ts";
import { DescriptionText } from "../print/describe/description-text.ts";
import { describePodTemplate } from "../print/describe/pod-template.ts";
import { objectName } from "../request/names.ts";
import { type Revision, revisionsOf } from "../rollout/revisions.ts";
import { findSubjects, subjectFlags } from "../rollout/subjects.ts";

export const command = defineCommand({
  usage: "(TYPE NAME | TYPE/NAME)",
  summary: "View rollout history",
  examples: ["typectl rollout history deployment/web", "typectl rollout history deployment/web --revision=3"],
  flags: { ...subjectFlags, revision: integer("--revision <number>", "See the details of this revision", 0) },
  async run({ context, flags, args }) {
    if (flags.revision < 0) throw new CliError(`revision must be a positive integer: ${flags.revision}`);
    for (const subject of await findSubjects(context, "history", args, flags)) {
      const revisions = await revisionsOf(context, subject);
      const name = objectName(subject.info, subject.object.metadata?.name);
      if (flags.revision === 0) await context.print(`${name} \n${historyTable(revisions)}`);
      else await context.print(`${name} with revision #${flags.revision}\n${details(revisions, flags.revision)}`);
    }
  },
});

function historyTable(revisions: readonly Revision[]): string {
  if (revisions.length === 0) return "No rollout history found.";
  const width = Math.max("REVISION".length, ...revisions.map(({ number }) => String(number).length)) + 2;
  const lines = revisions.map(
    ({ number, changeCause }) => `${String(number).padEnd(width)}${changeCause || "<none>"}\n`,
  );
  return `${"REVISION".padEnd(width)}CHANGE-CAUSE\n${lines.join("")}`;
}

function details(revisions: readonly Revision[], wanted: number): string {
  const revision = revisions.find(({ number }) => number === wanted);
  if (!revision) throw new CliError("unable to find the specified revision");
  const { changeCause, template } = revision;
  const annotations = {
    ...template.metadata?.annotations,
    ...(changeCause ? { "kubernetes.io/change-cause": changeCause } : {}),
  };
  const text = new DescriptionText();
  describePodTemplate(text, {
    ...template,
    metadata: { ...template.metadata, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
  });
  return text.toString();
}
