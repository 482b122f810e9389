import type { MutatingWebhookConfiguration } from "../../../gen/typernetes/admissionregistration/v1/mutating_webhook_configuration.ts";
import type { ValidatingWebhookConfiguration } from "../../../gen/typernetes/admissionregistration/v1/validating_webhook_configuration.ts";
import { ageColumn, countColumn } from "../columns.ts";
import { schemaOf } from "../schema-of.ts";
import type { ApiObject, Column, Strategy } from "../strategy.ts";
import { defaultWebhook } from "./defaults.ts";
import { validateWebhooks, type Webhook } from "./validate.ts";

const group = "admissionregistration.k8s.io";
const columns: readonly Column<ApiObject & { webhooks?: Webhook[] | undefined }>[] = [
  countColumn("Webhooks", "How many webhooks are asked.", (it) => it.webhooks?.length ?? 0),
  ageColumn,
];

/** How lists of webhooks that change objects behave. */
export const mutatingWebhookConfiguration: Strategy<MutatingWebhookConfiguration> = {
  schema: schemaOf(group, "v1", "mutatingwebhookconfigurations"),
  defaults({ webhooks = [] }) {
    for (const webhook of webhooks) {
      defaultWebhook(webhook);
      webhook.reinvocationPolicy ??= "Never";
    }
  },
  validate: ({ webhooks = [] }, errors) => validateWebhooks(webhooks, errors),
  updatesNeedVersion: true,
  hasGeneration: true,
  selectableFields: {},
  columns,
};

/** How lists of webhooks that judge objects behave. */
export const validatingWebhookConfiguration: Strategy<ValidatingWebhookConfiguration> = {
  schema: schemaOf(group, "v1", "validatingwebhookconfigurations"),
  defaults({ webhooks = [] }) {
    for (const webhook of webhooks) defaultWebhook(webhook);
  },
  validate: ({ webhooks = [] }, errors) => validateWebhooks(webhooks, errors),
  updatesNeedVersion: true,
  hasGeneration: true,
  selectableFields: {},
  columns,
};
