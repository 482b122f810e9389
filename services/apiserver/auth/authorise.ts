import { StatusError } from "../../../lib/base/status-error.ts";
import type { Identity } from "../../../lib/grpc/router.ts";

const administrators = "system:masters";
const nodes = "system:nodes";
const components = new Set([
  "system:apiserver",
  "system:kube-controller-manager",
  "system:kube-scheduler",
  "system:kube-proxy",
]);

/**
 * Lets in administrators and the cluster's own components.
 * @throws StatusError `Unauthorized` for nobody, `Forbidden` for anybody else.
 */
export function authorise(identity: Identity): void {
  const { user, groups } = identity;
  if (!user) throw new StatusError("Unauthorized", "Unauthorized: a client certificate of the cluster's CA is needed");
  if (groups.includes(administrators) || components.has(user)) return;
  if (user.startsWith("system:node:") && groups.includes(nodes)) return;
  const allowed = "only administrators (system:masters) and the cluster's components are let in";
  throw new StatusError("Forbidden", `forbidden: User ${JSON.stringify(user)} cannot use this server: ${allowed}`);
}
