import type { CustomResourceDefinition } from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import { defaultWebhookClient } from "../webhook-client.ts";

/** Fills what Kubernetes fills in a definition of a kind. */
export function defaultCustomResourceDefinition(object: CustomResourceDefinition): void {
  const spec = object.spec;
  if (!spec) return;
  const names = spec.names;
  if (names) names.singular ||= names.kind?.toLowerCase();
  if (names?.kind) names.listKind ||= `${names.kind}List`;
  spec.conversion ??= { strategy: "None" };
  defaultWebhookClient(spec.conversion.webhook?.clientConfig);
  if (!object.status?.storedVersions?.length) noteStoredVersions(object);
}

/** A version in which objects are stored is remembered, for objects may stay in it. */
export function noteStoredVersions(object: CustomResourceDefinition): void {
  const stored = object.status?.storedVersions ?? [];
  const added = (object.spec?.versions ?? []).flatMap(({ name = "", storage }) =>
    storage && !stored.includes(name) ? [name] : [],
  );
  if (added.length > 0) object.status = { ...object.status, storedVersions: [...stored, ...new Set(added)] };
}
