import type { AdmissionContext, AdmissionPluginFactory, AdmissionRequest } from "../admission.ts";
import { callHook } from "./call-hook.ts";
import { type Hook, hookSource, invocationOf, isExempt } from "./hooks.ts";

/** Webhooks judge objects as they will be stored, all at the same time. */
export const validatingWebhooks: AdmissionPluginFactory = (context) => {
  const hooks = hookSource(context, "validatingwebhookconfigurations");
  return {
    name: "ValidatingAdmissionWebhook",
    validate(request) {
      const all = hooks();
      if (all.length > 0 && !isExempt(request)) return askAll(context, request, all);
    },
  };
};

async function askAll(context: AdmissionContext, request: AdmissionRequest, hooks: readonly Hook[]): Promise<void> {
  const verdicts = await Promise.allSettled(
    hooks.map(async (hook) => {
      const invocation = await invocationOf(context, request, hook);
      if (invocation) await callHook(context, request, invocation);
    }),
  );
  const refused = verdicts.find((verdict) => verdict.status === "rejected");
  if (refused) throw refused.reason;
}
