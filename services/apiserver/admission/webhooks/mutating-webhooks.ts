import { deepEqual } from "../../../../lib/api/deep.ts";
import { applyJsonPatch } from "../../../../lib/api/patch/json-patch.ts";
import { clonePlain } from "../../../../lib/base/plain-data.ts";
import { StatusError } from "../../../../lib/base/status-error.ts";
import type { ApiObject } from "../../../../lib/resources/strategy.ts";
import type { AdmissionContext, AdmissionPluginFactory, AdmissionRequest } from "../admission.ts";
import { callHook } from "./call-hook.ts";
import { type Hook, hookSource, type Invocation, invocationOf, isExempt } from "./hooks.ts";
import { replaceContents } from "./replace-contents.ts";

/** What is remembered of a request for the case that its chain runs again. */
interface Progress {
  /** Webhooks that want to be asked again when others change the object after them. */
  readonly asked: Set<string>;
  /** Those of them after which it was changed. */
  readonly outdated: Set<string>;
  lastSeen: ApiObject | undefined;
}

/** Webhooks change objects, one after the other, by the names of their configurations. */
export const mutatingWebhooks: AdmissionPluginFactory = (context) => {
  const hooks = hookSource(context, "mutatingwebhookconfigurations");
  const progress = new WeakMap<AdmissionRequest, Progress>();
  return {
    name: "MutatingAdmissionWebhook",
    admit(request) {
      const all = hooks();
      if (all.length === 0 || isExempt(request)) return;
      const state = progress.get(request) ?? { asked: new Set(), outdated: new Set(), lastSeen: undefined };
      progress.set(request, state);
      return askAll(context, request, all, state);
    },
  };
};

async function askAll(
  context: AdmissionContext,
  request: AdmissionRequest,
  hooks: readonly Hook[],
  state: Progress,
): Promise<void> {
  const isAgain = request.pass?.isSecond ?? false;
  // Other plugins have changed what the webhooks saw.
  if (isAgain && !deepEqual(state.lastSeen, request.object)) outdate(state);
  for (const hook of hooks) {
    if (isAgain && !state.outdated.has(hook.key)) continue;
    const invocation = await invocationOf(context, request, hook);
    if (!invocation) continue;
    if (await askOne(context, request, invocation)) {
      outdate(state);
      if (request.pass) request.pass.mustRunAgain = true;
    }
    if (hook.webhook.reinvocationPolicy === "IfNeeded") state.asked.add(hook.key);
  }
  state.lastSeen = clonePlain(request.object);
}

function outdate({ asked, outdated }: Progress): void {
  for (const key of asked) outdated.add(key);
  asked.clear();
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
