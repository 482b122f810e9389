import { StatusError, type StatusReason } from "../../../../lib/base/status-error.ts";
import { forbidden } from "../../errors.ts";
import type { AdmissionContext, AdmissionPluginFactory, AdmissionRequest } from "../admission.ts";
import { authorizerFor } from "../expressions/authorizer.ts";
import { isExempt } from "../webhooks/hooks.ts";
import { namespaceOf, showRequest } from "../webhooks/review-request.ts";
import { namespaceNamed } from "../webhooks/selectors.ts";
import { type AdmissionVersion, versionsOf } from "../webhooks/versions.ts";
import type { Binding } from "./bound-policies.ts";
import { checkExpressions } from "./check-expressions.ts";
import { judge, type Violation } from "./judge.ts";
import { matchedVersion } from "./match-resources.ts";
import { paramsOf } from "./policy-params.ts";
import { type PreparedPolicy, policySource } from "./policy-source.ts";

const reasons: readonly StatusReason[] = ["Unauthorized", "Forbidden", "Invalid", "RequestEntityTooLarge"];

/** Policies judge objects as they will be stored, by expressions. */
export const validatingPolicies: AdmissionPluginFactory = (context) => {
  const policies = policySource(context);
  return {
    name: "ValidatingAdmissionPolicy",
    validate(request) {
      if (isExempt(request)) return checkExpressions(request);
      const all = policies();
      if (all.length > 0) return applyAll(context, request, all);
    },
  };
};

/** @throws StatusError the first refusal. */
async function applyAll(
  context: AdmissionContext,
  request: AdmissionRequest,
  policies: readonly PreparedPolicy[],
): Promise<void> {
  const versions = versionsOf(context, request);
  let refusal: StatusError | undefined;
  for (const policy of policies) refusal = (await apply(context, request, policy, versions)) ?? refusal;
  if (refusal) throw refusal;
}

/** Lets a policy judge by all its bindings; answers the first refusal. */
async function apply(
  context: AdmissionContext,
  request: AdmissionRequest,
  prepared: PreparedPolicy,
  versions: readonly AdmissionVersion[],
): Promise<StatusError | undefined> {
  const [asked] = versions;
  const version = matchedVersion(context, request, prepared.match, versions);
  if (!version || !asked) return undefined;
  const shown = await showRequest(request, version, asked);
  const authorizer = authorizerFor(context, request);
  const namespace = namespaceOf(request);
  const namespaceObject = namespace ? namespaceNamed(context, namespace) : undefined;
  const { spec } = prepared.policy;
  const isStrict = spec?.failurePolicy !== "Ignore";
  let refusal: StatusError | undefined;
  for (const { binding, match } of prepared.bindings) {
    if (match && !matchedVersion(context, request, match, versions)) continue;
    const found: Violation[] = [];
    try {
      for (const params of await paramsOf(context, spec?.paramKind, binding.spec?.paramRef, request.namespace)) {
        if (!prepared.conditions.hold(shown, authorizer, params)) continue;
        const { violations, annotations } = judge(prepared, shown, { params, namespaceObject, authorizer });
        found.push(...violations);
        for (const [key, value] of annotations) request.annotate?.(`${prepared.name}/${key}`, value);
      }
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      if (isStrict) refusal ??= refusalOf(request, prepared, binding, { message: detail, reason: "Invalid" });
      continue;
    }
    for (const violation of found) refusal = act(request, prepared, binding, violation) ?? refusal;
  }
  return refusal;
}

/** Does what a binding wants done about a violation; answers the refusal where that is it. */
function act(
  request: AdmissionRequest,
  prepared: PreparedPolicy,
  binding: Binding,
  violation: Violation,
): StatusError | undefined {
  const actions = binding.spec?.validationActions ?? [];
  const names = `ValidatingAdmissionPolicy '${prepared.name}' with binding '${binding.metadata?.name}'`;
  if (actions.includes("Warn")) request.warn?.(`Validation failed for ${names}: ${violation.message}`);
  if (actions.includes("Audit")) {
    const detail = {
      message: violation.message,
      policy: prepared.name,
      binding: binding.metadata?.name,
      validationActions: actions,
    };
    request.annotate?.("validation.policy.admission.k8s.io/validation_failure", JSON.stringify([detail]));
  }
  return actions.includes("Deny") ? refusalOf(request, prepared, binding, violation) : undefined;
}

function refusalOf(
  { info, name }: AdmissionRequest,
  prepared: PreparedPolicy,
  binding: Binding,
  { message, reason }: Violation,
): StatusError {
  const names = `ValidatingAdmissionPolicy '${prepared.name}' with binding '${binding.metadata?.name}'`;
  const { message: whole, details } = forbidden(info, name, `${names} denied request: ${message}`);
  const known = reasons.find((one) => one === reason) ?? "Invalid";
  return new StatusError(known, whole, { ...details, causes: [{ message }] });
}
