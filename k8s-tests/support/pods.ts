import type { Pod, PodSpec, PodTemplateSpec } from "../../clients/sdk/index.ts";

/** The specification of a pod of one container that runs a shell script; it ends at once when it is to end. */
export function running(script: string, spec: PodSpec = {}): PodSpec {
  const containers = [{ name: "main", image: "host", command: ["sh", "-c", script] }];
  return { containers, terminationGracePeriodSeconds: 0, ...spec };
}

/** The specification of a pod that does nothing for as long as it is let. */
export function sleeping(spec: PodSpec = {}): PodSpec {
  return running("exec sleep 100000", spec);
}

export function template(labels: Record<string, string>, spec: PodSpec): PodTemplateSpec {
  return { metadata: { labels }, spec };
}

/** The same with another version of the program, which pods run as they ran the one before. */
export function versioned(version: string, spec: PodSpec = {}): PodSpec {
  const [main, ...others] = sleeping(spec).containers ?? [];
  return { ...sleeping(spec), containers: [{ ...main, image: `host:${version}` }, ...others] };
}

/** The tag of the image of a pod's first container. */
export function versionOf(pod: Pod | undefined): string | undefined {
  return pod?.spec?.containers?.[0]?.image?.split(":")[1];
}

export function isReady(pod: Pod | undefined): boolean {
  return hasCondition(pod, "Ready");
}

/** Whether an object has a condition with this status. */
export function hasCondition(
  object: { status?: { conditions?: readonly { type?: string; status?: string }[] } } | undefined,
  type: string,
  status = "True",
): boolean {
  return object?.status?.conditions?.some((it) => it.type === type && it.status === status) ?? false;
}

/** The condition of a type. */
export function conditionOf<C extends { type?: string }>(
  object: { status?: { conditions?: readonly C[] } } | undefined,
  type: string,
): C | undefined {
  return object?.status?.conditions?.find((it) => it.type === type);
}
