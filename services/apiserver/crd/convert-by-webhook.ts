import { randomUUID } from "node:crypto";
import type { ConversionReview } from "../../../gen/typernetes/apiextensions/v1/conversion_review.ts";
import type {
  CustomResourceDefinition,
  WebhookConversion,
} from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { isRecord } from "../../../lib/api/records.ts";
import { clonePlain } from "../../../lib/base/plain-data.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { Core } from "../core.ts";
import { callWebhook } from "../webhooks/call-webhook.ts";

const timeoutMs = 30_000;
/** How many objects are sent together. */
const batchMax = 500;
/** Versions of reviews that this server speaks. */
const reviewVersions = ["v1", "v1beta1"];
/** The only metadata that a conversion may change. */
const changeable = ["labels", "annotations"];

/** Asks a definition's webhook for objects in another version. @throws StatusError `InternalError` when it fails. */
export async function convertByWebhook(
  core: Core,
  definition: CustomResourceDefinition,
  webhook: WebhookConversion,
  objects: readonly ApiObject[],
  apiVersion: string,
): Promise<ApiObject[]> {
  const converted: ApiObject[] = [];
  for (let from = 0; from < objects.length; from += batchMax)
    converted.push(
      ...(await convertBatch(core, definition, webhook, objects.slice(from, from + batchMax), apiVersion)),
    );
  return converted;
}

async function convertBatch(
  core: Core,
  { spec }: CustomResourceDefinition,
  webhook: WebhookConversion,
  objects: readonly ApiObject[],
  desiredAPIVersion: string,
): Promise<ApiObject[]> {
  const uid = randomUUID();
  const version = webhook.conversionReviewVersions?.find((known) => reviewVersions.includes(known)) ?? "v1";
  const request = { uid, desiredAPIVersion, objects: [...objects] };
  const review = { apiVersion: `apiextensions.k8s.io/${version}`, kind: "ConversionReview", request };
  const fault = (detail: string, cause?: unknown) =>
    new StatusError(
      "InternalError",
      `conversion webhook for ${objects[0]?.apiVersion}, Kind=${spec?.names?.kind} failed: ${detail}`,
      {},
      cause === undefined ? {} : { cause },
    );
  const answer: unknown = await callWebhook(core, webhook.clientConfig ?? {}, review, timeoutMs).catch((error) => {
    throw fault(error instanceof Error ? error.message : String(error), error);
  });
  const { response }: ConversionReview = isRecord(answer) ? answer : {};
  if (!response) throw fault("the answer has no response");
  if (response.uid !== uid)
    throw fault(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid)}`);
  if (response.result?.status !== "Success") throw fault(response.result?.message ?? "the webhook gave no reason");
  const converted = (response.convertedObjects ?? []).filter(isRecord);
  if (converted.length !== objects.length)
    throw fault(`expected ${objects.length} converted objects, got ${converted.length}`);
  return converted.map((object: ApiObject, index) => {
    const original = objects[index];
    if (object.apiVersion !== desiredAPIVersion)
      throw fault(`expected apiVersion ${desiredAPIVersion} of the object at index ${index}, got ${object.apiVersion}`);
    if (object.kind !== original?.kind) throw fault(`the kind of the object at index ${index} must not change`);
    return { ...object, metadata: mergedMetadata(object, original, fault) };
  });
}

/** What names and counts an object stays; labels and annotations may be others. */
function mergedMetadata(object: ApiObject, original: ApiObject | undefined, fault: (detail: string) => StatusError) {
  const metadata = clonePlain(original?.metadata ?? {});
  const { name, namespace, uid } = object.metadata ?? {};
  for (const [field, value] of Object.entries({ name, namespace, uid }))
    if (!deepEqual(value, (original?.metadata as Record<string, unknown> | undefined)?.[field]))
      throw fault(`metadata.${field} must not change`);
  for (const field of changeable) {
    const value = (object.metadata as Record<string, unknown> | undefined)?.[field];
    if (isRecord(value)) Object.assign(metadata, { [field]: value });
    else delete (metadata as Record<string, unknown>)[field];
  }
  return metadata;
}
