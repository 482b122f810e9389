import { defaultAdmissionRules } from "../admission-rules.ts";
import { defaultWebhookClient } from "../webhook-client.ts";
import type { Webhook } from "./validate.ts";

/** Fills what Kubernetes fills in a webhook of any sort. */
export function defaultWebhook(webhook: Webhook): void {
  webhook.failurePolicy ??= "Fail";
  webhook.matchPolicy ??= "Equivalent";
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= 10;
  defaultWebhookClient(webhook.clientConfig);
  defaultAdmissionRules(webhook.rules);
}
