import type { Container, ContainerResizePolicy, EphemeralContainer } from "../../../gen/typernetes/core/v1/pod.ts";
import { checkDnsLabel, checkOneOf } from "../rules.ts";
import type { PodContext } from "./context.ts";
import { pullPolicies, resizeRestartPolicies, terminationMessagePolicies } from "./enumerations.ts";
import { validateEnv, validateEnvFrom } from "./validate-env.ts";
import { validateLifecycle, validateReadinessProbe, validateStoppingProbe } from "./validate-handler.ts";
import { validateMounts } from "./validate-mounts.ts";
import { validateContainerPorts } from "./validate-ports.ts";
import { validateContainerResources } from "./validate-resources.ts";
import { validateSecurityContext } from "./validate-security-context.ts";

/** Checks what all sorts of containers have in common. */
export function validateContainer(container: Container | EphemeralContainer, path: string, context: PodContext): void {
  const { errors, isPod } = context;
  if (!container.name) errors.required(`${path}.name`);
  else checkDnsLabel(container.name, `${path}.name`, errors);
  if (!container.image) errors.required(`${path}.image`);
  else if (isPod && container.image.trim() !== container.image)
    errors.invalid(`${path}.image`, container.image, "must not have leading or trailing whitespace");
  checkOneOf(
    container.terminationMessagePolicy,
    terminationMessagePolicies,
    `${path}.terminationMessagePolicy`,
    errors,
  );
  validateContainerPorts(container.ports ?? [], `${path}.ports`, errors);
  validateEnv(container.env ?? [], `${path}.env`, errors);
  validateEnvFrom(container.envFrom ?? [], `${path}.envFrom`, errors);
  validateMounts(container, path, context);
  checkOneOf(container.imagePullPolicy, pullPolicies, `${path}.imagePullPolicy`, errors);
  validateContainerResources(container.resources, `${path}.resources`, context);
  validateResizePolicies(container.resizePolicy ?? [], `${path}.resizePolicy`, context);
  validateSecurityContext(container.securityContext, `${path}.securityContext`, context);
}

/** Checks what containers have that stay: those of the pod and its sidecars. */
export function validateRunningContainer(container: Container, path: string, context: PodContext): void {
  if (container.lifecycle) validateLifecycle(container.lifecycle, `${path}.lifecycle`, context);
  validateStoppingProbe(container.livenessProbe, `${path}.livenessProbe`, context);
  validateReadinessProbe(container.readinessProbe, `${path}.readinessProbe`, context);
  validateStoppingProbe(container.startupProbe, `${path}.startupProbe`, context);
}

const resizableResources = ["cpu", "memory"];

function validateResizePolicies(
  policies: readonly ContainerResizePolicy[],
  path: string,
  { spec, errors }: PodContext,
): void {
  const seen = new Set<string>();
  for (const [index, { resourceName = "", restartPolicy = "" }] of policies.entries()) {
    if (seen.has(resourceName)) errors.duplicate(`${path}[${index}]`, resourceName);
    seen.add(resourceName);
    checkOneOf(resourceName, resizableResources, path, errors);
    checkOneOf(restartPolicy, resizeRestartPolicies, path, errors);
    if (spec.restartPolicy === "Never" && restartPolicy !== "NotRequired")
      errors.invalid(path, restartPolicy, "must be 'NotRequired' when `restartPolicy` is 'Never'");
  }
}
