import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Runtime } from "../runtimes/runtime.ts";
import { appArmorProblem } from "./app-armor.ts";
import { forbiddenSysctl } from "./forbidden-sysctls.ts";
import type { NodeContext } from "./node-context.ts";
import { unsupportedFields } from "./unsupported.ts";

/** Why a node does not take a pod in. */
export interface Refusal {
  /** In CamelCase, for machines. */
  readonly reason: string;
  readonly why: string;
}

/** Why a pod can never run on this node, by what it asks for; undefined when it can. */
export function refusalOf(
  pod: Pod,
  { runtime, options }: Pick<NodeContext, "runtime" | "options">,
): Refusal | undefined {
  const unsupported = unsupportedFields(pod);
  if (unsupported.length > 0)
    return { reason: "UnsupportedPodSpec", why: `this node does not support ${unsupported.join(", ")}` };
  const sysctl = forbiddenSysctl(pod, options.configuration.allowedUnsafeSysctls);
  if (sysctl !== undefined) return { reason: "SysctlForbidden", why: sysctl };
  const groups = groupsProblem(pod, runtime);
  if (groups !== undefined) return { reason: "SupplementalGroupsPolicyNotSupported", why: groups };
  const appArmor = appArmorProblem(pod);
  return appArmor === undefined ? undefined : { reason: "AppArmor", why: appArmor };
}

function groupsProblem({ spec }: Pod, { namesGroups }: Pick<Runtime, "namesGroups">): string | undefined {
  const isStrict = spec?.securityContext?.supplementalGroupsPolicy === "Strict";
  return isStrict && !namesGroups ? "SupplementalGroupsPolicy=Strict is not supported in this node" : undefined;
}
