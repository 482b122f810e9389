import type { Container, EphemeralContainer } from "../../../gen/typernetes/core/v1/pod.ts";
import type { PodContext } from "./context.ts";
import { validateContainer, validateRunningContainer } from "./validate-container.ts";
import { validateHostPorts } from "./validate-ports.ts";

/** Checks a pod's containers of all three sorts. */
export function validateContainers(path: string, context: PodContext): void {
  validateMainContainers(context.spec.containers ?? [], `${path}.containers`, context);
  validateInitContainers(context.spec.initContainers ?? [], `${path}.initContainers`, context);
  validateEphemeralContainers(context.spec.ephemeralContainers ?? [], `${path}.ephemeralContainers`, context);
}

function validateMainContainers(containers: readonly Container[], path: string, context: PodContext): void {
  const { errors } = context;
  if (containers.length === 0) errors.required(path);
  const names = new Set<string>();
  for (const [index, container] of containers.entries()) {
    const at = `${path}[${index}]`;
    validateContainer(container, at, context);
    if (container.name && names.has(container.name)) errors.duplicate(`${at}.name`, container.name);
    names.add(container.name ?? "");
    validateRunningContainer(container, at, context);
  }
  validateHostPorts(containers, path, errors);
}

const ofRunningContainers = ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] as const;

function validateInitContainers(containers: readonly Container[], path: string, context: PodContext): void {
  const { errors, spec } = context;
  const names = new Set((spec.containers ?? []).map((it) => it.name));
  for (const [index, container] of containers.entries()) {
    const at = `${path}[${index}]`;
    validateContainer(container, at, context);
    const isSidecar = container.restartPolicy === "Always";
    if (container.name && names.has(container.name)) errors.duplicate(`${at}.name`, container.name);
    names.add(container.name);
    validateHostPorts([container], path, errors);
    if (isSidecar) validateRunningContainer(container, at, context);
    else
      for (const field of ofRunningContainers)
        if (container[field] !== undefined)
          errors.forbidden(`${at}.${field}`, "may not be set for init containers without restartPolicy=Always");
  }
}

const notForEphemeral = [
  "ports",
  "resources",
  "resizePolicy",
  "restartPolicy",
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
  "lifecycle",
] as const;
const notForEphemeralMessage = "cannot be set for an Ephemeral Container";

function validateEphemeralContainers(
  containers: readonly EphemeralContainer[],
  path: string,
  context: PodContext,
): void {
  const { errors, spec } = context;
  const lasting = new Set([...(spec.containers ?? []), ...(spec.initContainers ?? [])].map((it) => it.name));
  const names = new Set(lasting);
  for (const [index, container] of containers.entries()) {
    const at = `${path}[${index}]`;
    validateContainer(container, at, context);
    if (container.name && names.has(container.name)) errors.duplicate(`${at}.name`, container.name);
    names.add(container.name);
    const target = container.targetContainerName;
    if (target && !lasting.has(target)) errors.notFound(`${at}.targetContainerName`, target);
    rejectForEphemeral(container, at, context);
  }
}

function rejectForEphemeral(container: EphemeralContainer, path: string, { errors }: PodContext): void {
  for (const field of notForEphemeral)
    if (!isUnset(container[field])) errors.forbidden(`${path}.${field}`, notForEphemeralMessage);
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    if (mount.subPath) errors.forbidden(`${path}.volumeMounts[${index}].subPath`, notForEphemeralMessage);
    if (mount.subPathExpr) errors.forbidden(`${path}.volumeMounts[${index}].subPathExpr`, notForEphemeralMessage);
  }
}

/** An empty `resources` is as good as none. */
function isUnset(value: object | string | undefined): boolean {
  return value === undefined || (typeof value === "object" && Object.keys(value).length === 0);
}
