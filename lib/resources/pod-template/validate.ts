import type { PodResourceClaim, PodSchedulingGate, PodSpec } from "../../../gen/typernetes/core/v1/pod.ts";
import type { PodTemplateSpec } from "../../../gen/typernetes/core/v1/pod_template.ts";
import type { ObjectMeta } from "../../../gen/typernetes/meta/v1/object_meta.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { type ObjectNameRule, subdomainName } from "../../api/names.ts";
import { validateAnnotations, validateLabels } from "../../api/object-meta.ts";
import {
  checkDnsLabel,
  checkDnsSubdomain,
  checkOneOf,
  checkOptionalOneOf,
  checkQualifiedName,
  checkRange,
  maxInt32,
} from "../rules.ts";
import type { PodContext } from "./context.ts";
import { dnsPolicies, preemptionPolicies, restartPolicies } from "./enumerations.ts";
import { validateAffinity } from "./validate-affinity.ts";
import { validateContainers } from "./validate-containers.ts";
import { validateDnsConfig, validateHostAliases } from "./validate-dns.ts";
import { validateHostProcess, validateOs } from "./validate-os.ts";
import { validatePodAnnotations } from "./validate-pod-annotations.ts";
import { validateHostNetworkPorts } from "./validate-ports.ts";
import { validateOverhead, validatePodResources } from "./validate-resources.ts";
import { validatePodSecurityContext } from "./validate-security-context.ts";
import { validateTopologySpread } from "./validate-spread.ts";
import { validateTolerations } from "./validate-tolerations.ts";
import { validateVolumes } from "./validate-volume.ts";

/** As many characters as Linux takes. */
const kernelHostnameLengthMax = 64;

/** Checks the template of a workload's pods. */
export function validatePodTemplate(template: PodTemplateSpec, path: string, errors: FieldErrors): void {
  const { metadata, spec = {} } = template;
  validateLabels(metadata?.labels, `${path}.labels`, errors);
  validateAnnotations(metadata?.annotations, `${path}.annotations`, errors);
  validatePodAnnotations(metadata?.annotations, spec, `${path}.annotations`, errors);
  validatePodSpec(spec, undefined, `${path}.spec`, errors);
  if (spec.ephemeralContainers?.length)
    errors.forbidden(`${path}.spec.ephemeralContainers`, "ephemeral containers not allowed in pod template");
}

/** Checks the specification of a pod: `metadata` is the pod's own, or absent in a template. */
export function validatePodSpec(
  spec: PodSpec,
  metadata: ObjectMeta | undefined,
  path: string,
  errors: FieldErrors,
): void {
  if (spec.terminationGracePeriodSeconds === undefined) errors.required(`${path}.terminationGracePeriodSeconds`);
  const volumes = validateVolumes(spec.volumes ?? [], metadata, `${path}.volumes`, errors);
  const context: PodContext = { spec, isPod: metadata !== undefined, volumes, errors };
  validatePodClaims(spec.resourceClaims ?? [], `${path}.resourceClaims`, errors);
  validateContainers(path, context);
  if (spec.resources) validatePodResources(spec.resources, `${path}.resources`, errors);
  validateHostNetworkPorts(spec, context.isPod, path, errors);
  checkOneOf(spec.restartPolicy, restartPolicies, `${path}.restartPolicy`, errors);
  checkOneOf(spec.dnsPolicy, dnsPolicies, `${path}.dnsPolicy`, errors);
  validatePodSecurityContext(spec.securityContext, spec, `${path}.securityContext`, errors);
  validatePlacement(spec, path, errors);
  validateDnsConfig(spec.dnsConfig, spec.dnsPolicy, `${path}.dnsConfig`, errors);
  validateHostProcess(spec, path, errors);
  validateHostNamespaces(spec, path, errors);
  validateNames(spec, path, errors);
  validateLimits(spec, path, errors);
  validateOs(spec, path, errors);
}

function validatePlacement(spec: PodSpec, path: string, errors: FieldErrors): void {
  validateLabels(spec.nodeSelector, `${path}.nodeSelector`, errors);
  validateAffinity(spec.affinity, `${path}.affinity`, errors);
  for (const [index, gate] of (spec.readinessGates ?? []).entries())
    checkQualifiedName(gate.conditionType ?? "", `${path}.readinessGates[${index}].conditionType`, errors);
  validateSchedulingGates(spec.schedulingGates ?? [], `${path}.schedulingGates`, errors);
  validateTopologySpread(spec.topologySpreadConstraints ?? [], `${path}.topologySpreadConstraints`, errors);
  validateTolerations(spec.tolerations ?? [], `${path}.tolerations`, errors);
}

function validateSchedulingGates(gates: readonly PodSchedulingGate[], path: string, errors: FieldErrors): void {
  const seen = new Set<string>();
  for (const [index, { name = "" }] of gates.entries()) {
    checkQualifiedName(name, `${path}[${index}]`, errors);
    if (seen.has(name)) errors.duplicate(`${path}[${index}]`, name);
    seen.add(name);
  }
}

/** Users of its own and namespaces of the node do not go together. */
function validateHostNamespaces(spec: PodSpec, path: string, errors: FieldErrors): void {
  if (spec.hostUsers !== false) return;
  const message = "when `pod.Spec.HostUsers` is false";
  if (spec.hostNetwork) errors.forbidden(`${path}.hostNetwork`, message);
  if (spec.hostPID) errors.forbidden(`${path}.HostPID`, message);
  if (spec.hostIPC) errors.forbidden(`${path}.HostIPC`, message);
}

function validateNames(spec: PodSpec, path: string, errors: FieldErrors): void {
  for (const field of ["serviceAccountName", "nodeName", "priorityClassName"] as const)
    if (spec[field]) checkObjectName(subdomainName, spec[field], `${path}.${field}`, errors);
  if (spec.runtimeClassName !== undefined)
    checkObjectName(subdomainName, spec.runtimeClassName, `${path}.runtimeClassName`, errors);
  if (spec.hostname) checkDnsLabel(spec.hostname, `${path}.hostname`, errors);
  if (spec.subdomain) checkDnsLabel(spec.subdomain, `${path}.subdomain`, errors);
  if (spec.hostnameOverride) validateHostnameOverride(spec, `${path}.hostnameOverride`, errors);
  validateHostAliases(spec.hostAliases ?? [], `${path}.hostAliases`, errors);
}

function validateHostnameOverride(spec: PodSpec, path: string, errors: FieldErrors): void {
  const { hostnameOverride: name = "" } = spec;
  checkDnsSubdomain(name, path, errors);
  if (name.length > kernelHostnameLengthMax)
    errors.invalid(path, name, `must be no more than ${kernelHostnameLengthMax} characters`);
  if (spec.setHostnameAsFQDN) errors.forbidden(path, "may not be specified when `setHostnameAsFQDN` is true");
  if (spec.hostNetwork) errors.forbidden(path, "may not be specified when `hostNetwork` is true");
}

function checkObjectName(rule: ObjectNameRule, name: string, path: string, errors: FieldErrors): void {
  for (const message of rule(name, false)) errors.invalid(path, name, message);
}

function validateLimits(spec: PodSpec, path: string, errors: FieldErrors): void {
  if (spec.activeDeadlineSeconds !== undefined)
    checkRange(spec.activeDeadlineSeconds, 1, maxInt32, `${path}.activeDeadlineSeconds`, errors);
  checkOptionalOneOf(spec.preemptionPolicy, preemptionPolicies, `${path}.preemptionPolicy`, errors);
  if (spec.overhead) validateOverhead(spec.overhead, `${path}.overhead`, errors);
}

function validatePodClaims(claims: readonly PodResourceClaim[], path: string, errors: FieldErrors): void {
  const names = new Set<string>();
  for (const [index, claim] of claims.entries()) {
    const at = `${path}[${index}]`;
    if (!claim.name) errors.required(`${at}.name`);
    else if (names.has(claim.name)) errors.duplicate(`${at}.name`, claim.name);
    else checkDnsLabel(claim.name, `${at}.name`, errors);
    names.add(claim.name ?? "");
    validateClaimSource(claim, at, errors);
  }
}

function validateClaimSource(claim: PodResourceClaim, path: string, errors: FieldErrors): void {
  const { resourceClaimName, resourceClaimTemplateName } = claim;
  if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined)
    errors.invalid(path, claim, "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified");
  if (resourceClaimName === undefined && resourceClaimTemplateName === undefined)
    errors.invalid(path, claim, "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`");
  for (const field of ["resourceClaimName", "resourceClaimTemplateName"] as const)
    if (claim[field] !== undefined) checkObjectName(subdomainName, claim[field], `${path}.${field}`, errors);
}
