import { parseFieldSelector } from "../../../lib/api/field-selector.ts";
import type { Attributes } from "../auth/authoriser.ts";
import { selectorAttributes } from "../auth/selector-attributes.ts";
import type { Exchange } from "../rest/exchange.ts";
import { parseResourcePath } from "../rest/resource-path.ts";

const verbs: Readonly<Record<string, string>> = {
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
  GET: "get",
  HEAD: "get",
};

/** What is looked at of a request. */
export type AskedPath = Pick<Exchange, "method" | "path" | "hasQuery" | "query">;

/** What a request of a group that is served elsewhere wants, by its path alone. @throws StatusError BadRequest. */
export function attributesOfExchange(exchange: AskedPath): Attributes {
  const { method, path } = exchange;
  const found = parseResourcePath(path);
  if (!found) return { verb: method.toLowerCase(), path };
  const { group, version, plural, namespace, subresource } = found;
  const name = found.name ?? nameSelected(exchange);
  const verb = verbOf(exchange, found.isWatch, found.name !== undefined);
  const attributes = { ...{ verb, group, version, resource: plural }, subresource, namespace, name };
  const isOfMany = exchange.hasQuery && (verb === "list" || verb === "watch" || verb === "deletecollection");
  return isOfMany ? { ...attributes, ...selectorAttributes(selectorsIn(exchange.query)) } : attributes;
}

function selectorsIn(query: URLSearchParams) {
  return { fieldSelector: query.get("fieldSelector"), labelSelector: query.get("labelSelector") };
}

function verbOf({ method, query }: AskedPath, isWatch: boolean, isNamed: boolean): string {
  const verb = verbs[method] ?? method.toLowerCase();
  if (verb === "delete") return isNamed ? "delete" : "deletecollection";
  if (verb !== "get") return verb;
  const watched = query.get("watch");
  if (isWatch || (!isNamed && watched !== null && watched !== "false" && watched !== "0")) return "watch";
  return isNamed ? "get" : "list";
}

/** Who selects by name wants one object only, and needs to be allowed no more. */
function nameSelected({ hasQuery, query }: AskedPath): string | undefined {
  const selector = hasQuery ? query.get("fieldSelector") : undefined;
  if (!selector) return undefined;
  try {
    return parseFieldSelector(selector).exactValue("metadata.name");
  } catch {
    // The server that is asked says what is wrong with it.
    return undefined;
  }
}
