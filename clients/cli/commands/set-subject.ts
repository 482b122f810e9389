import type { RoleBinding } from "../../../gen/typernetes/rbac/v1/role_binding.ts";
import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { readSubjects, subjectFlags } from "../request/rbac-subjects.ts";
import { setFields, setFlags } from "../request/set-fields.ts";

export const command = defineCommand({
  usage: "(-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] [--serviceaccount=namespace:name]",
  summary: "Update the user, group, or service account in a role binding or cluster role binding",
  examples: ["typectl set subject rolebinding admin --user=ann --group=ops"],
  flags: { ...setFlags, ...subjectFlags },
  async run({ context, flags, args }) {
    const added = readSubjects(flags);
    if (added.length === 0) throw new CliError("you must specify at least one value of user, group or serviceaccount");
    const words = { command: "set subject", args, done: "subjects updated" };
    await setFields(context, words, flags, ({ info, object }) => {
      if (info.kind !== "RoleBinding" && info.kind !== "ClusterRoleBinding")
        throw new CliError("setting subjects is only supported for RoleBinding/ClusterRoleBinding");
      const { subjects = [] }: RoleBinding = object;
      const present = new Set(subjects.map(identityOf));
      const isNew = (subject: Subject) => !present.has(identityOf(subject));
      return { subjects: [...subjects, ...added.filter(isNew)] };
    });
  },
});

interface Subject {
  readonly kind?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

function identityOf({ kind = "", namespace = "", name = "" }: Subject): string {
  return JSON.stringify([kind, namespace, name]);
}
