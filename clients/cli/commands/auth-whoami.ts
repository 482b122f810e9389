import type { UserInfo } from "../../../gen/typernetes/authentication/v1/self_subject_review.ts";
import { SelfSubjectReviewServiceDefinition } from "../../../gen/typernetes/authentication/v1/self_subject_review.ts";
import { usageError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { objectPrinter } from "../print/output-format.ts";
import { TableText } from "../print/table.ts";
import { outputFlag } from "../request/common-flags.ts";
import { reviewKind } from "../request/review-kind.ts";

export const command = defineCommand({
  usage: "",
  summary: "Check who you are to the cluster",
  examples: ["typectl auth whoami", "typectl auth whoami -o yaml"],
  flags: { output: outputFlag },
  async run({ context, flags, args }) {
    if (args.length > 0) throw usageError("auth whoami", `unexpected arguments: [${args.join(" ")}]`);
    const printer = await objectPrinter(flags.output);
    const { client } = await context.connect();
    const answer = await client.call(SelfSubjectReviewServiceDefinition, "create", { object: {} }, context.call);
    const info = reviewKind("authentication.k8s.io", "selfsubjectreviews");
    const object = { ...answer, apiVersion: info.apiVersion, kind: info.kind };
    const user = answer.status?.userInfo ?? {};
    await context.io.stdout.write(printer ? await printer([{ info, object }], false) : tableOf(user));
  },
});

function tableOf({ username, uid, groups = [], extra = {} }: UserInfo): string {
  const rows = [["ATTRIBUTE", "VALUE"]];
  if (username) rows.push(["Username", username]);
  if (uid) rows.push(["UID", uid]);
  if (groups.length > 0) rows.push(["Groups", `[${groups.join(" ")}]`]);
  for (const [key, items] of Object.entries(extra).sort(([left], [right]) => (left < right ? -1 : 1)))
    rows.push([`Extra: ${key}`, `[${items.join(" ")}]`]);
  return new TableText().format(rows);
}
