import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { text } from "../flags.ts";
import { createFlags, createMade, onlyName } from "../request/create-flags.ts";
import { readSubjects, roleReference, subjectFlags } from "../request/rbac-subjects.ts";

export const command = defineCommand({
  usage: "NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:name]",
  summary: "Create a role binding for a particular role or cluster role",
  examples: ["typectl create rolebinding admin --clusterrole=admin --user=ann --serviceaccount=shop:builder"],
  flags: {
    ...createFlags,
    ...subjectFlags,
    clusterrole: text("--clusterrole <name>", "ClusterRole that this binding refers to"),
    role: text("--role <name>", "Role that this binding refers to"),
  },
  async run({ context, flags, args }) {
    const name = onlyName("create rolebinding", args);
    if ((flags.clusterrole === "") === (flags.role === ""))
      throw new CliError("exactly one of clusterrole or role must be specified");
    const object = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name },
      roleRef: flags.role ? roleReference("Role", flags.role) : roleReference("ClusterRole", flags.clusterrole),
      subjects: readSubjects(flags),
    };
    await createMade(context, object, flags);
  },
});
