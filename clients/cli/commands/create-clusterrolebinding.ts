import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { text } from "../flags.ts";
import { createFlags, createMade, onlyName } from "../request/create-flags.ts";
import { readSubjects, roleReference, subjectFlags } from "../request/rbac-subjects.ts";

export const command = defineCommand({
  usage: "NAME --clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:name]",
  summary: "Create a cluster role binding for a particular cluster role",
  examples: ["typectl create clusterrolebinding admins --clusterrole=cluster-admin --user=ann --group=ops"],
  flags: {
    ...createFlags,
    ...subjectFlags,
    clusterrole: text("--clusterrole <name>", "ClusterRole that this binding refers to"),
  },
  async run({ context, flags, args }) {
    const name = onlyName("create clusterrolebinding", args);
    if (!flags.clusterrole) throw new CliError('required flag(s) "clusterrole" not set');
    const object = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name },
      roleRef: roleReference("ClusterRole", flags.clusterrole),
      subjects: readSubjects(flags),
    };
    await createMade(context, object, flags);
  },
});
