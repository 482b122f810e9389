import type { CustomResourceConversion } from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { checkOneOf } from "../rules.ts";
import { validateReviewVersions, validateWebhookClient } from "../webhook-client.ts";

/** Checks how objects go from version to version. Paths are those that Kubernetes reports, of its older form. */
export function validateConversion(
  { strategy, webhook }: CustomResourceConversion,
  path: string,
  errors: FieldErrors,
): void {
  const client = webhook?.clientConfig;
  const versions = webhook?.conversionReviewVersions ?? [];
  const [clientPath, versionsPath] = [`${path}.webhookClientConfig`, `${path}.conversionReviewVersions`];
  checkOneOf(strategy, ["None", "Webhook"], `${path}.strategy`, errors);
  if (strategy !== "Webhook") {
    const unwanted = "should not be set when strategy is not set to Webhook";
    if (client) errors.forbidden(clientPath, unwanted);
    if (versions.length > 0) errors.forbidden(versionsPath, unwanted);
    return;
  }
  if (!client) errors.required(clientPath, "required when strategy is set to Webhook");
  else validateWebhookClient(client, clientPath, errors);
  if (versions.length === 0) errors.required(versionsPath);
  validateReviewVersions(versions, versionsPath, errors, (at, version) =>
    errors.invalid(at, version, "duplicate version"),
  );
}
