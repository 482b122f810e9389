import type { PodSpec } from "../../../gen/typernetes/core/v1/pod.ts";
import type { PodTemplateSpec } from "../../../gen/typernetes/core/v1/pod_template.ts";
import { defaultContainer } from "./container-defaults.ts";
import { dropDisabledFields } from "./disabled-fields.ts";
import { defaultVolume } from "./volume-defaults.ts";

/** Fills what Kubernetes fills in the template of a workload. What belongs to pods alone stays out. */
export function defaultPodTemplate(template: PodTemplateSpec | undefined): void {
  if (template?.spec) defaultPodSpec(template.spec);
}

/** Fills what Kubernetes fills in every specification of a pod, in templates too, and drops what it drops. */
export function defaultPodSpec(spec: PodSpec): void {
  dropDisabledFields(spec);
  spec.dnsPolicy ||= "ClusterFirst";
  spec.restartPolicy ||= "Always";
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ||= "default-scheduler";
  const account = spec.serviceAccountName || spec.serviceAccount;
  if (account) {
    spec.serviceAccountName = account;
    spec.serviceAccount = account;
  }
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
  for (const container of spec.initContainers ?? []) defaultContainer(container);
  for (const container of spec.containers ?? []) defaultContainer(container);
  for (const container of spec.ephemeralContainers ?? []) defaultContainer(container);
}
