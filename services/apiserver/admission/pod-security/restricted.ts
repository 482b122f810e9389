import type { Pod, Volume } from "../../../../gen/typernetes/core/v1/pod.ts";
import { joined, type SecurityCheck } from "./baseline.ts";
import { type AnyContainer, against, allContainers, isWindows, named, quoted } from "./containers.ts";

const allowedVolumes = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);
const confined = ["RuntimeDefault", "Localhost"];

/** What a hardened pod does, besides keeping to the baseline. In the order in which faults are told. */
export const restrictedChecks: readonly SecurityCheck[] = [
  {
    reason: "allowPrivilegeEscalation != false",
    fault: notOnWindows((pod) =>
      against(
        allContainers(pod),
        ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false,
        "must set securityContext.allowPrivilegeEscalation=false",
      ),
    ),
  },
  { reason: "unrestricted capabilities", fault: notOnWindows(capabilities) },
  { reason: "restricted volume types", fault: volumes },
  { reason: "runAsNonRoot != true", fault: runAsNonRoot },
  { reason: "runAsUser=0", fault: runAsUser },
  { reason: "seccompProfile", fault: notOnWindows(seccomp) },
];

function notOnWindows(fault: SecurityCheck["fault"]): SecurityCheck["fault"] {
  return (pod) => (isWindows(pod) ? undefined : fault(pod));
}

function capabilities(pod: Pod): string | undefined {
  const containers = allContainers(pod);
  const added = ({ securityContext }: AnyContainer) =>
    (securityContext?.capabilities?.add ?? []).filter((name) => name !== "NET_BIND_SERVICE");
  const bad = [...new Set(containers.flatMap(added))].sort();
  return joined(
    against(
      containers,
      ({ securityContext }) => !securityContext?.capabilities?.drop?.includes("ALL"),
      'must set securityContext.capabilities.drop=["ALL"]',
    ),
    against(
      containers,
      (container) => added(container).length > 0,
      `must not include ${quoted(bad)} in securityContext.capabilities.add`,
    ),
  );
}

function volumes({ spec }: Pod): string | undefined {
  const restricted = (spec?.volumes ?? []).filter((volume) => !allowedVolumes.has(typeOf(volume)));
  if (restricted.length === 0) return undefined;
  const types = [...new Set(restricted.map(typeOf))].sort();
  const use = restricted.length === 1 ? "uses" : "use";
  const names = restricted.map(({ name }) => name);
  return `${named("volume", names)} ${use} restricted volume type${types.length === 1 ? "" : "s"} ${quoted(types)}`;
}

function typeOf({ name: _, ...source }: Volume): string {
  return Object.entries(source).find(([, value]) => value !== undefined)?.[0] ?? "unknown";
}

function runAsNonRoot(pod: Pod): string | undefined {
  const ofPod = pod.spec?.securityContext?.runAsNonRoot;
  const containers = allContainers(pod);
  const explicit = against(
    containers,
    ({ securityContext }) => securityContext?.runAsNonRoot === false,
    "must not set securityContext.runAsNonRoot=false",
  );
  if (explicit || ofPod === false)
    return joined(ofPod === false ? "pod must not set securityContext.runAsNonRoot=false" : undefined, explicit);
  if (ofPod) return undefined;
  const missing = against(
    containers,
    ({ securityContext }) => securityContext?.runAsNonRoot === undefined,
    "must set securityContext.runAsNonRoot=true",
  );
  return missing && `pod or ${missing}`;
}

function runAsUser(pod: Pod): string | undefined {
  return joined(
    pod.spec?.securityContext?.runAsUser === 0 ? "pod must not set runAsUser=0" : undefined,
    against(allContainers(pod), ({ securityContext }) => securityContext?.runAsUser === 0, "must not set runAsUser=0"),
  );
}

function seccomp(pod: Pod): string | undefined {
  const ofPod = pod.spec?.securityContext?.seccompProfile?.type;
  const containers = allContainers(pod);
  const typeOfContainer = ({ securityContext }: AnyContainer) => securityContext?.seccompProfile?.type;
  const isBad = (type: string | undefined) => type !== undefined && !confined.includes(type);
  const explicit = against(
    containers,
    (container) => isBad(typeOfContainer(container)),
    'must not set securityContext.seccompProfile.type to "Unconfined"',
  );
  if (explicit || isBad(ofPod))
    return joined(
      isBad(ofPod) ? 'pod must not set securityContext.seccompProfile.type to "Unconfined"' : undefined,
      explicit,
    );
  if (ofPod !== undefined) return undefined;
  const missing = against(
    containers,
    (container) => typeOfContainer(container) === undefined,
    'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"',
  );
  return missing && `pod or ${missing}`;
}
