import type { PatchRequest } from "../../../gen/typernetes/meta/v1/requests.ts";
import { duplicateFields, parseJson } from "../../../lib/api/parse-json.ts";
import { isRecord, type JsonRecord } from "../../../lib/api/records.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { badRequest } from "../errors.ts";
import type { ObjectPath } from "../registry/object-store.ts";
import { refuseDeepPatch } from "./patch-depth.ts";

/** The object in the body of a server-side apply, from YAML or JSON. @throws StatusError `BadRequest`. */
export async function readConfiguration({ patch, options }: PatchRequest): Promise<JsonRecord> {
  const text = Buffer.from(patch ?? new Uint8Array()).toString("utf8");
  const value = text.trimStart().startsWith("{") ? (tryJson(text) ?? (await readYaml(text))) : await readYaml(text);
  if (!isRecord(value)) throw badRequest("error decoding YAML: an applied configuration is an object");
  refuseDeepPatch(value);
  const [repeated] = options?.fieldValidation === "Strict" ? duplicateFields(text, value) : [];
  if (repeated) throw badRequest(`error strict decoding YAML: ${repeated}`);
  return value;
}

/** Braces begin YAML, too. */
function tryJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (isStatusError(error)) return undefined;
    throw error;
  }
}

async function readYaml(text: string): Promise<unknown> {
  // Large, and most configurations are JSON by the time that they come here.
  const { parseYaml } = await import("../../../lib/api/yaml.ts");
  try {
    const documents = parseYaml(text);
    return documents.length === 1 ? documents[0]?.value : undefined;
  } catch (error) {
    if (!isStatusError(error)) throw error;
    throw badRequest(`error decoding YAML: ${error.message}`);
  }
}

/** Checks of which kind a configuration says it is. @throws StatusError `BadRequest` for any other. */
export function checkType(applied: JsonRecord, apiVersion: string, kind: string): void {
  const { apiVersion: givenVersion = "", kind: givenKind = "" } = applied;
  if (givenVersion === apiVersion && givenKind === kind) return;
  throw badRequest(`invalid object type: ${kindText(String(givenVersion), String(givenKind))}`);
}

/** `apps/v1, Kind=Deployment`; the core group stays empty. */
export function kindText(apiVersion: string, kind: string): string {
  return `${apiVersion.includes("/") ? "" : "/"}${apiVersion}, Kind=${kind}`;
}

/** Checks that a configuration is of the object that the request names. @throws StatusError `BadRequest`. */
export function checkPlace(path: ObjectPath, applied: JsonRecord): void {
  const { metadata } = applied;
  const told = isRecord(metadata) ? metadata : {};
  if (told.managedFields !== undefined && told.managedFields !== null)
    throw badRequest("metadata.managedFields must be nil");
  refuseOtherPlace(path, told);
}

/** What is written to an object says of itself that it is that object. @throws StatusError `BadRequest`. */
export function refuseOtherPlace(
  { info, namespace, name }: ObjectPath,
  told: { readonly name?: unknown; readonly namespace?: unknown },
): void {
  if (told.name === undefined) {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  }
  if (told.name !== name) {
    throw badRequest(`the name of the object (${told.name}) does not match the name on the URL (${name})`);
  }
  const isElsewhere = info.schema.namespaced && told.namespace !== undefined && told.namespace !== namespace;
  if (!isElsewhere) return;
  throw badRequest(
    `the namespace of the object (${told.namespace}) does not match the namespace on the request (${namespace})`,
  );
}
