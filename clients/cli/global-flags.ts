import { duration, type FlagValues, plainList, text } from "./flags.ts";

/** Flags that every command has. */
export const globalFlags = {
  kubeconfig: text("--kubeconfig <path>", "Path to the kubeconfig file"),
  context: text("--context <name>", "The name of the kubeconfig context to use"),
  namespace: text("-n, --namespace <name>", "The namespace of this request"),
  token: text("--token <token>", "Bearer token that shows the server who you are"),
  as: text("--as <user>", "User or service account (system:serviceaccount:NAMESPACE:NAME) to act as"),
  asGroup: plainList("--as-group <group>", "Group to act as a member of; may be repeated"),
  asUid: text("--as-uid <uid>", "UID to act with"),
  requestTimeout: duration(
    "--request-timeout <time>",
    "How long to wait for one answer of the server; 0 waits as usual",
    0,
    true,
  ),
  v: text("-v, --v <level>", "Accepted for kubectl's sake and ignored"),
};

export type GlobalFlags = FlagValues<typeof globalFlags>;
