import type { AdmissionContext, AdmissionPlugin, AdmissionPluginFactory } from "./admission.ts";
import { defaultTolerationSeconds } from "./default-toleration-seconds.ts";
import { namespaceLifecycle } from "./namespace-lifecycle.ts";
import { serviceAccount } from "./service-account.ts";

/** The admission chain. Plugins are asked in this order. */
const factories: readonly AdmissionPluginFactory[] = [namespaceLifecycle, serviceAccount, defaultTolerationSeconds];

/** Every admission plugin, in order. */
export function admissionPlugins(context: AdmissionContext): AdmissionPlugin[] {
  return factories.map((create) => create(context));
}
