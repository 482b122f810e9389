import type { ApiObject, ResourceInfo } from "../../../lib/api/resource-info.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { InNamespace, KubernetesObject, ResourceClient } from "../../../lib/client/resource-client.ts";
import { CliError, NoServerError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import type { ResourceRequest } from "./resource-arguments.ts";

/** Which objects of a kind are meant. */
export interface Selection {
  readonly selector?: string;
  readonly fieldSelector?: string;
  readonly allNamespaces?: boolean;
  /** Objects per page; 0 for all at once. */
  readonly chunkSize?: number;
}

/** An object and its kind. */
export interface Found {
  readonly info: ResourceInfo;
  readonly object: ApiObject;
}

const pageSize = 500;

/** The client of a kind. */
export async function clientOf(context: Context, info: ResourceInfo): Promise<ResourceClient<KubernetesObject>> {
  const { client } = await context.connect();
  const found = client.dynamic(info.group, info.plural, info.version);
  if (!found) throw new CliError(`the server doesn't have a resource type ${JSON.stringify(info.plural)}`);
  return found;
}

/** The namespace of requests for a kind: none for cluster-scoped kinds and for all namespaces. */
export async function namespaceFor(context: Context, info: ResourceInfo, allNamespaces = false): Promise<InNamespace> {
  if (!info.namespaced || allNamespaces) return {};
  return { namespace: (await context.connect()).namespace };
}

/** Gets one object by name. */
export async function getObject(context: Context, info: ResourceInfo, name: string): Promise<ApiObject> {
  const client = await clientOf(context, info);
  const object = await client.get(name, { ...(await namespaceFor(context, info)), ...context.call });
  return withKind(info, object);
}

/** The same, or undefined when there is none. */
export async function getObjectIfAny(
  context: Context,
  info: ResourceInfo,
  name: string,
): Promise<ApiObject | undefined> {
  try {
    return await getObject(context, info, name);
  } catch (error) {
    if (isStatusError(error, "NotFound")) return undefined;
    throw error;
  }
}

export interface ObjectPage {
  readonly objects: ApiObject[];
  readonly resourceVersion: string;
}

/** Lists all objects of a kind that are selected, page by page. */
export async function listObjects(
  context: Context,
  info: ResourceInfo,
  selection: Selection = {},
): Promise<ObjectPage> {
  const client = await clientOf(context, info);
  const where = await namespaceFor(context, info, selection.allNamespaces);
  const options = { ...where, ...listOptions(selection), ...context.call };
  const { chunkSize = pageSize } = selection;
  const limit = chunkSize > 0 ? { limit: chunkSize } : {};
  const objects: ApiObject[] = [];
  let resourceVersion = "";
  let next: string | undefined;
  do {
    const page = await client.list({ ...options, ...limit, ...(next ? { continue: next } : {}) });
    for (const object of page.items) objects.push(withKind(info, object));
    resourceVersion = page.metadata?.resourceVersion ?? resourceVersion;
    next = page.metadata?.continue || undefined;
  } while (next);
  return { objects, resourceVersion };
}

/** The selectors as list options. */
export function listOptions({ selector, fieldSelector }: Selection): {
  labelSelector?: string;
  fieldSelector?: string;
} {
  return { ...(selector ? { labelSelector: selector } : {}), ...(fieldSelector ? { fieldSelector } : {}) };
}

/** Objects come over the wire without saying what they are. */
export function withKind(info: ResourceInfo, object: ApiObject): ApiObject {
  return { ...object, apiVersion: info.apiVersion, kind: info.kind };
}

/** What was asked for, with what went wrong on the way. */
export interface Fetched {
  readonly found: Found[];
  readonly errors: unknown[];
}

/** Gets and lists what is asked for, in its order; goes on when one is not found. */
export async function fetchAll(
  context: Context,
  requests: readonly ResourceRequest[],
  selection: Selection & { ignoreNotFound?: boolean } = {},
): Promise<Fetched> {
  checkSelection(requests, selection);
  const found: Found[] = [];
  const errors: unknown[] = [];
  for (const { info, names } of requests) {
    try {
      if (!names) {
        const { objects } = await listObjects(context, info, selection);
        found.push(...objects.map((object) => ({ info, object })));
      }
    } catch (error) {
      if (isUnreachable(error)) throw error;
      errors.push(error);
    }
    for (const name of names ?? []) {
      try {
        found.push({ info, object: await getObject(context, info, name) });
      } catch (error) {
        if (isUnreachable(error)) throw error;
        if (!(selection.ignoreNotFound && isStatusError(error, "NotFound"))) errors.push(error);
      }
    }
  }
  return { found, errors };
}

/** @throws CliError when names and selectors contradict each other. */
export function checkSelection(requests: readonly ResourceRequest[], selection: Selection): void {
  if (!requests.some(({ names }) => names)) return;
  if (selection.selector) throw new CliError("name cannot be provided when a selector is specified");
  if (selection.fieldSelector) throw new CliError("name cannot be provided when a field selector is specified");
  if (selection.allNamespaces) throw new CliError("a resource cannot be retrieved by name across all namespaces");
}

/** Whether asking for the next object would fail alike. */
export function isUnreachable(error: unknown): boolean {
  if (error instanceof CliError) return error instanceof NoServerError;
  return !isStatusError(error) || error.reason === "ServiceUnavailable" || error.reason === "Unauthorized";
}
