import type { AdmissionContext, AdmissionPlugin, AdmissionPluginFactory } from "./admission.ts";
import type { AdmissionConfiguration } from "./admission-configuration.ts";
import { alwaysPullImages } from "./always-pull-images.ts";
import { certificateRequester } from "./certificate-requester.ts";
import { certificateApproval, certificateSigning, certificateSubjectRestriction } from "./certificate-signers.ts";
import { claimResize } from "./classes/claim-resize.ts";
import { defaultIngressClass } from "./classes/default-ingress-class.ts";
import { defaultStorageClass } from "./classes/default-storage-class.ts";
import { runtimeClass } from "./classes/runtime-class.ts";
import { defaultTolerationSeconds } from "./default-toleration-seconds.ts";
import { deviceAdminAccess } from "./device-admin-access.ts";
import { eventRateLimit } from "./event-rate-limit.ts";
import { extendedResourceToleration } from "./extended-resource-toleration.ts";
import { limitRanger } from "./limits/limit-ranger.ts";
import { namespaceLifecycle } from "./namespace-lifecycle.ts";
import { nodeRestriction } from "./node-restriction.ts";
import { podSecurity } from "./pod-security/pod-security.ts";
import { mutatingPolicies } from "./policies/mutating-policies.ts";
import { validatingPolicies } from "./policies/validating-policies.ts";
import { priority } from "./priority.ts";
import { resourceQuota } from "./quota/resource-quota.ts";
import { rbacEscalation } from "./rbac-escalation.ts";
import { serviceAccount } from "./service-account.ts";
import { serviceAccountSecret } from "./service-account-secret.ts";
import { storageObjectInUseProtection } from "./storage-object-in-use-protection.ts";
import { mutatingWebhooks } from "./webhooks/mutating-webhooks.ts";
import { validatingWebhooks } from "./webhooks/validating-webhooks.ts";

/** The admission chain. Plugins are asked in this order. */
const factories: readonly AdmissionPluginFactory[] = [
  namespaceLifecycle,
  rbacEscalation,
  limitRanger,
  serviceAccount,
  serviceAccountSecret,
  nodeRestriction,
  alwaysPullImages,
  podSecurity,
  priority,
  defaultTolerationSeconds,
  eventRateLimit,
  extendedResourceToleration,
  defaultStorageClass,
  storageObjectInUseProtection,
  claimResize,
  runtimeClass,
  certificateRequester,
  certificateApproval,
  certificateSigning,
  certificateSubjectRestriction,
  defaultIngressClass,
  deviceAdminAccess,
  mutatingPolicies,
  mutatingWebhooks,
  validatingPolicies,
  validatingWebhooks,
  resourceQuota,
];

/** Plugins that are asked only where they are wanted. */
const offByDefault = new Set([
  "AlwaysPullImages",
  "EventRateLimit",
  "ExtendedResourceToleration",
  "StorageObjectInUseProtection",
]);

/** Which plugins are wanted besides the usual ones, and which are not, by name; and what they are told. */
export interface PluginChoice {
  readonly enabled: readonly string[];
  readonly disabled: readonly string[];
  readonly configuration: AdmissionConfiguration | undefined;
}

/** The admission plugins that are asked, in order. @throws TypeError when one of them cannot work as it is configured. */
export function admissionPlugins(context: AdmissionContext, { enabled, disabled }: PluginChoice): AdmissionPlugin[] {
  const isAsked = (name: string) => !disabled.includes(name) && (!offByDefault.has(name) || enabled.includes(name));
  const asked = factories.map((create) => create(context)).filter(({ name }) => isAsked(name));
  for (const plugin of asked) plugin.begin?.();
  return asked;
}
