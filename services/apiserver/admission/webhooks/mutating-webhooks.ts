import { applyJsonPatch } from "../../../../lib/api/patch/json-patch.ts";
import { clonePlain } from "../../../../lib/base/plain-data.ts";
import { StatusError } from "../../../../lib/base/status-error.ts";
import type { AdmissionContext, AdmissionPluginFactory, AdmissionRequest } from "../admission.ts";
import { Reinvocations } from "../reinvocations.ts";
import { callHook } from "./call-hook.ts";
import { type Hook, hookSource, type Invocation, invocationOf, isExempt } from "./hooks.ts";
import { replaceContents } from "./replace-contents.ts";

/** Webhooks change objects, one after the other, by the names of their configurations. */
export const mutatingWebhooks: AdmissionPluginFactory = (context) => {
  const hooks = hookSource(context, "mutatingwebhookconfigurations");
  const progress = new WeakMap<AdmissionRequest, Reinvocations>();
  return {
    name: "MutatingAdmissionWebhook",
    admit(request) {
      const all = hooks();
      if (all.length === 0 || isExempt(request)) return;
      const reinvocations = progress.get(request) ?? new Reinvocations();
      progress.set(request, reinvocations);
      return askAll(context, request, all, reinvocations);
    },
  };
};

async function askAll(
  context: AdmissionContext,
  request: AdmissionRequest,
  hooks: readonly Hook[],
  reinvocations: Reinvocations,
): Promise<void> {
  const isAgain = request.pass?.isSecond ?? false;
  reinvocations.begin(request.object, isAgain);
  for (const hook of hooks) {
    if (isAgain && !reinvocations.isDue(hook.key)) continue;
    const invocation = await invocationOf(context, request, hook);
    if (!invocation) continue;
    if (await askOne(context, request, invocation)) {
      reinvocations.changed();
      if (request.pass) request.pass.mustRunAgain = true;
    }
    if (hook.webhook.reinvocationPolicy === "IfNeeded") reinvocations.invoked(hook.key);
  }
  reinvocations.end(request.object && clonePlain(request.object));
}

/** Whether the webhook has changed the object. */
async function askOne(context: AdmissionContext, request: AdmissionRequest, invocation: Invocation): Promise<boolean> {
  const response = await callHook(context, request, invocation);
  const { version, shown, hook } = invocation;
  const { object } = request;
  if (!response?.patch || !object || !shown.object || !version.read) return false;
  let patched: unknown;
  try {
    const patch: unknown = JSON.parse(Buffer.from(response.patch, "base64").toString("utf8"));
    if (Array.isArray(patch) && patch.length === 0) return false;
    patched = applyJsonPatch(JSON.parse(JSON.stringify(shown.object)), patch);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    if (hook.webhook.failurePolicy === "Ignore") return false;
    throw new StatusError("InternalError", `Internal error occurred: ${detail}`, {}, { cause: error });
  }
  const next = await version.read(patched, object);
  return replaceContents(request, next);
}
