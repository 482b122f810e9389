import type { AdmissionResponse } from "../../../../gen/typernetes/admission/v1/admission_review.ts";
import type { Status } from "../../../../gen/typernetes/meta/v1/status.ts";
import { isRecord } from "../../../../lib/api/records.ts";
import { StatusError, type StatusReason, statusReasonCodes } from "../../../../lib/base/status-error.ts";
import { callWebhook } from "../../webhooks/call-webhook.ts";
import type { AdmissionContext, AdmissionRequest } from "../admission.ts";
import type { Invocation } from "./hooks.ts";

const reviewVersions = ["v1", "v1beta1"];
const defaultTimeoutSeconds = 10;

/** The webhook could not be asked, or its answer is none: what then happens is up to its failure policy. */
class HookFault extends Error {
  override readonly name = "HookFault";
}

/**
 * Asks a webhook; answers what it says when it lets the request pass, undefined when it could not be asked and may be left out.
 * @throws StatusError as the webhook wants it, `InternalError` when it could not be asked, `BadRequest` for trials it does not know.
 */
export async function callHook(
  context: AdmissionContext,
  request: AdmissionRequest,
  invocation: Invocation,
): Promise<AdmissionResponse | undefined> {
  const { webhook, name } = invocation.hook;
  if (request.dryRun && webhook.sideEffects !== "None" && webhook.sideEffects !== "NoneOnDryRun")
    throw new StatusError("BadRequest", `admission webhook ${JSON.stringify(name)} does not support dry run`);
  let response: AdmissionResponse;
  try {
    response = await ask(context, request, invocation);
  } catch (error) {
    if (!(error instanceof HookFault)) throw error;
    if (webhook.failurePolicy !== "Ignore") {
      const message = `Internal error occurred: failed calling webhook ${JSON.stringify(name)}: ${error.message}`;
      throw new StatusError("InternalError", message, {}, { cause: error });
    }
    context.logger.warn({ err: error, webhook: name }, "a webhook that may be left out does not answer");
    return undefined;
  }
  for (const [key, value] of Object.entries(response.auditAnnotations ?? {}))
    request.annotate?.(`${name}/${key}`, value);
  for (const warning of response.warnings ?? []) request.warn?.(warning);
  if (!response.allowed) throw denial(name, response.status);
  return response;
}

async function ask(
  context: AdmissionContext,
  { signal }: AdmissionRequest,
  { hook, shown }: Invocation,
): Promise<AdmissionResponse> {
  const { webhook } = hook;
  const version = webhook.admissionReviewVersions?.find((known) => reviewVersions.includes(known)) ?? "v1";
  const type = { kind: "AdmissionReview", apiVersion: `admission.k8s.io/${version}` };
  const { object = null, oldObject = null, request } = shown;
  const review = { ...type, request: { ...request, object, oldObject, options: request.options ?? null } };
  const timeoutMs = (webhook.timeoutSeconds ?? defaultTimeoutSeconds) * 1000;
  let answer: unknown;
  try {
    answer = await callWebhook(context, webhook.clientConfig ?? {}, review, timeoutMs, signal);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HookFault(`failed to call webhook: ${reason}`, { cause: error });
  }
  return checkedResponse(answer, type, request.uid);
}

function checkedResponse(
  answer: unknown,
  type: { kind: string; apiVersion: string },
  uid: string | undefined,
): AdmissionResponse {
  const invalid = (detail: string) => new HookFault(`received invalid webhook response: ${detail}`);
  if (!isRecord(answer) || !isRecord(answer.response)) throw new HookFault("webhook response was absent");
  const response: AdmissionResponse = answer.response;
  if (type.apiVersion.endsWith("/v1")) {
    const { apiVersion = "", kind = "" } = answer;
    if (apiVersion !== type.apiVersion || kind !== type.kind) {
      const wanted = `expected webhook response of ${type.apiVersion}, Kind=${type.kind}`;
      throw invalid(`${wanted}, got ${apiVersion}, Kind=${kind}`);
    }
    if (response.uid !== uid)
      throw invalid(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? "")}`);
  }
  if (response.patch && !response.patchType && type.apiVersion.endsWith("/v1"))
    throw invalid("webhook returned response.patch but not response.patchType");
  if (response.patchType && response.patchType !== "JSONPatch")
    throw invalid(`webhook returned invalid response.patchType of ${JSON.stringify(response.patchType)}`);
  return response;
}

function denial(name: string, status: Status | undefined): StatusError {
  const denied = `admission webhook ${JSON.stringify(name)} denied the request`;
  const detail = status?.message || status?.reason;
  const message = detail ? `${denied}: ${detail}` : `${denied} without explanation`;
  const code = Math.max(status?.code ?? 0, statusReasonCodes.BadRequest);
  const { name: about, group, kind, uid, retryAfterSeconds, causes } = status?.details ?? {};
  const details = {
    ...(about && { name: about }),
    ...(group && { group }),
    ...(kind && { kind }),
    ...(uid && { uid }),
    ...(retryAfterSeconds && { retryAfterSeconds }),
    ...(causes?.length && {
      causes: causes.map(({ field, message, reason }) => ({
        ...(field && { field }),
        ...(message && { message }),
        ...(reason && { reason }),
      })),
    }),
  };
  return new StatusError(reasonOf(status?.reason, code), message, details, { code });
}

/** A reason that the API has: the webhook's own, or the one that goes with its code. */
function reasonOf(reason: string | undefined, code: number): StatusReason {
  const reasons = Object.keys(statusReasonCodes) as StatusReason[];
  const own = reasons.find((known) => known === reason);
  return own ?? reasons.find((known) => statusReasonCodes[known] === code) ?? "BadRequest";
}
