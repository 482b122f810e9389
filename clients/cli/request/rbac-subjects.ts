import { CliError } from "../cli-error.ts";
import { plainList } from "../flags.ts";

const rbacGroup = "rbac.authorization.k8s.io";

/** Flags that name who is bound to a role. */
export const subjectFlags = {
  user: plainList("--user <name>", "User to bind to the role; may be repeated"),
  group: plainList("--group <name>", "Group to bind to the role; may be repeated"),
  serviceaccount: plainList(
    "--serviceaccount <namespace:name>",
    "Service account to bind to the role; may be repeated",
  ),
};

interface SubjectWords {
  readonly user: readonly string[];
  readonly group: readonly string[];
  readonly serviceaccount: readonly string[];
}

/** The subjects that the flags name. @throws CliError */
export function readSubjects({ user, group, serviceaccount }: SubjectWords) {
  return [
    ...user.map((name) => ({ kind: "User", apiGroup: rbacGroup, name })),
    ...group.map((name) => ({ kind: "Group", apiGroup: rbacGroup, name })),
    ...serviceaccount.map(readServiceAccount),
  ];
}

function readServiceAccount(text: string) {
  const [namespace, name, ...more] = text.split(":");
  if (!namespace || !name || more.length > 0) throw new CliError("serviceaccount must be <namespace>:<name>");
  return { kind: "ServiceAccount", namespace, name };
}

/** The role that a binding refers to. */
export function roleReference(kind: "Role" | "ClusterRole", name: string) {
  return { apiGroup: rbacGroup, kind, name };
}
