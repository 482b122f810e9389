import type { MutatingWebhook } from "../../../gen/typernetes/admissionregistration/v1/mutating_webhook_configuration.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { dns1123Subdomain } from "../../api/names.ts";
import { failurePolicies, matchPolicies, validateAdmissionRule } from "../admission-rules.ts";
import { validateLabelSelector } from "../label-selector.ts";
import { validateMatchConditions } from "../match-conditions.ts";
import { checkOptionalOneOf } from "../rules.ts";
import { reviewVersions, validateReviewVersions, validateWebhookClient } from "../webhook-client.ts";

const sideEffects = ["None", "NoneOnDryRun"];
const reinvocationPolicies = ["IfNeeded", "Never"];
const timeoutSecondsMax = 30;
const segmentsMin = 3;

/** A webhook of any sort; only one that changes objects may be asked again. */
export type Webhook = MutatingWebhook;

/** Checks the webhooks of a list; their names differ. */
export function validateWebhooks(webhooks: readonly Webhook[], errors: FieldErrors): void {
  const names = new Set<string>();
  for (const [index, webhook] of webhooks.entries()) {
    const at = `webhooks[${index}]`;
    validateWebhook(webhook, at, errors);
    if (!webhook.name) continue;
    if (names.has(webhook.name)) errors.duplicate(`${at}.name`, webhook.name);
    names.add(webhook.name);
  }
}

function validateWebhook(webhook: Webhook, path: string, errors: FieldErrors): void {
  const timeout = webhook.timeoutSeconds;
  checkFullName(webhook.name ?? "", `${path}.name`, errors);
  for (const [index, rule] of (webhook.rules ?? []).entries())
    validateAdmissionRule(rule, `${path}.rules[${index}]`, errors);
  checkOptionalOneOf(webhook.failurePolicy, failurePolicies, `${path}.failurePolicy`, errors);
  checkOptionalOneOf(webhook.matchPolicy, matchPolicies, `${path}.matchPolicy`, errors);
  if (webhook.sideEffects === undefined)
    errors.required(`${path}.sideEffects`, `must specify one of ${sideEffects.join(", ")}`);
  checkOptionalOneOf(webhook.sideEffects, sideEffects, `${path}.sideEffects`, errors);
  if (timeout !== undefined && (timeout < 1 || timeout > timeoutSecondsMax))
    errors.invalid(
      `${path}.timeoutSeconds`,
      timeout,
      `the timeout value must be between 1 and ${timeoutSecondsMax} seconds`,
    );
  validateLabelSelector(webhook.namespaceSelector, `${path}.namespaceSelector`, errors);
  validateLabelSelector(webhook.objectSelector, `${path}.objectSelector`, errors);
  checkOptionalOneOf(webhook.reinvocationPolicy, reinvocationPolicies, `${path}.reinvocationPolicy`, errors);
  validateWebhookClient(webhook.clientConfig ?? {}, `${path}.clientConfig`, errors);
  validateMatchConditions(webhook.matchConditions ?? [], `${path}.matchConditions`, errors);
  validateVersions(webhook.admissionReviewVersions ?? [], `${path}.admissionReviewVersions`, errors);
}

function checkFullName(name: string, path: string, errors: FieldErrors): void {
  const messages = dns1123Subdomain(name);
  if (!name) errors.required(path);
  else if (messages.length > 0) errors.invalid(path, name, messages.join(","));
  else if (name.split(".").length < segmentsMin)
    errors.invalid(path, name, "should be a domain with at least three segments separated by dots");
}

function validateVersions(versions: readonly string[], path: string, errors: FieldErrors): void {
  if (versions.length === 0) errors.required(path, `must specify one of ${reviewVersions.join(", ")}`);
  validateReviewVersions(versions, path, errors, (at, version) => errors.duplicate(at, version));
}
