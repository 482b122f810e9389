import type { Container, EphemeralContainer, PodSpec } from "../../../gen/typernetes/core/v1/pod.ts";
import type { FieldErrors } from "../../api/field-errors.ts";

const notForWindows = "cannot be set for a windows pod";
const ofLinuxPods = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "fsGroup",
  "fsGroupChangePolicy",
  "sysctls",
  "runAsUser",
  "runAsGroup",
  "supplementalGroups",
  "supplementalGroupsPolicy",
  "seLinuxChangePolicy",
] as const;
const ofLinuxContainers = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "capabilities",
  "readOnlyRootFilesystem",
  "privileged",
  "allowPrivilegeEscalation",
  "procMount",
  "runAsUser",
  "runAsGroup",
] as const;

/** Checks that a pod that names its operating system asks for nothing that only another has. */
export function validateOs(spec: PodSpec, path: string, errors: FieldErrors): void {
  if (!spec.os) return;
  const name = spec.os.name ?? "";
  if (!name) errors.required(`${path}.os.name`, "cannot be empty");
  else if (name === "linux") validateLinux(spec, path, errors);
  else if (name === "windows") validateWindows(spec, path, errors);
  else errors.notSupported(`${path}.os`, name, ["linux", "windows"]);
}

function validateLinux(spec: PodSpec, path: string, errors: FieldErrors): void {
  const message = "windows options cannot be set for a linux pod";
  if (spec.securityContext?.windowsOptions) errors.forbidden(`${path}.securityContext.windowsOptions`, message);
  for (const [container, at] of containersOf(spec, path))
    if (container.securityContext?.windowsOptions) errors.forbidden(`${at}.securityContext.windowsOptions`, message);
}

function validateWindows(spec: PodSpec, path: string, errors: FieldErrors): void {
  for (const field of ofLinuxPods)
    if (spec.securityContext?.[field] !== undefined)
      errors.forbidden(`${path}.securityContext.${field}`, notForWindows);
  if (spec.hostUsers !== undefined) errors.forbidden(`${path}.hostUsers`, notForWindows);
  if (spec.hostPID) errors.forbidden(`${path}.hostPID`, notForWindows);
  if (spec.hostIPC) errors.forbidden(`${path}.hostIPC`, notForWindows);
  if (spec.shareProcessNamespace !== undefined) errors.forbidden(`${path}.shareProcessNamespace`, notForWindows);
  for (const [container, at] of containersOf(spec, path))
    for (const field of ofLinuxContainers)
      if (container.securityContext?.[field] !== undefined)
        errors.forbidden(`${at}.securityContext.${field}`, notForWindows);
}

/** Checks that of the containers that are processes of a Windows node all are, and share its network. */
export function validateHostProcess(spec: PodSpec, path: string, errors: FieldErrors): void {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  let count = 0;
  const containers = [...containersOf(spec, path)];
  for (const [container, at] of containers) {
    const own = container.securityContext?.windowsOptions?.hostProcess;
    if (ofPod !== undefined && own !== undefined && ofPod !== own)
      errors.invalid(
        `${at}.securityContext.windowsOptions.hostProcess`,
        own,
        `pod hostProcess value must be identical if both are specified, was ${ofPod}`,
      );
    if (own ?? ofPod) count++;
  }
  if (count === 0) return;
  if (count !== containers.length)
    errors.invalid(
      path,
      "",
      "If pod contains any hostProcess containers then all containers must be HostProcess containers",
    );
  if (!spec.hostNetwork)
    errors.invalid(`${path}.hostNetwork`, false, "hostNetwork must be true if pod contains any hostProcess containers");
}

function* containersOf(spec: PodSpec, path: string): Generator<[Container | EphemeralContainer, string]> {
  for (const field of ["initContainers", "containers", "ephemeralContainers"] as const)
    for (const [index, container] of (spec[field] ?? []).entries()) yield [container, `${path}.${field}[${index}]`];
}
