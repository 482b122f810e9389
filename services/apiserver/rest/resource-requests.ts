import type { ServedResource } from "../served-resources.ts";
import { methodNotAllowed, resourceNotFound } from "./refusals.ts";
import { booleanOf } from "./request-options.ts";
import type { ResourcePath } from "./resource-path.ts";
import type { ResourceRequest } from "./resource-request.ts";
import { answerSubresource } from "./subresources.ts";
import * as verbs from "./verbs.ts";

/** Answers a request for a kind or an object of it; promises nothing where that is done at once. @throws StatusError. */
export function answerResource(request: ResourceRequest): Promise<void> | undefined {
  const { exchange, path, served } = request;
  if (!isInPlace(served, path)) throw resourceNotFound();
  if (served.warning) exchange.warnings.push(served.warning);
  if (path.subresource !== undefined) return answerSubresource(request);
  return path.name === undefined ? answerCollection(request) : answerObject(request);
}

/** Objects within namespaces are named together with theirs; others never. */
function isInPlace({ schema }: ServedResource, { namespace, name }: ResourcePath): boolean {
  return schema.namespaced ? namespace !== undefined || name === undefined : namespace === undefined;
}

function answerCollection(request: ResourceRequest): Promise<void> {
  const { exchange, path } = request;
  switch (exchange.method) {
    case "GET":
    case "HEAD":
      return path.isWatch || (exchange.hasQuery && booleanOf(exchange.query, "watch"))
        ? verbs.watch(request)
        : verbs.list(request);
    case "POST":
      return isEverywhere(request) ? Promise.reject(methodNotAllowed()) : verbs.create(request);
    case "DELETE":
      return isEverywhere(request) ? Promise.reject(methodNotAllowed()) : verbs.deleteCollection(request);
    default:
      return Promise.reject(methodNotAllowed());
  }
}

/** Objects of all namespaces are listed and watched, but not written, all at once. */
function isEverywhere({ served, path }: ResourceRequest): boolean {
  return served.schema.namespaced && path.namespace === undefined;
}

function answerObject(request: ResourceRequest): Promise<void> | undefined {
  switch (request.exchange.method) {
    case "GET":
    case "HEAD":
      return request.path.isWatch ? verbs.watch(request) : verbs.get(request);
    case "PUT":
      return verbs.update(request);
    case "PATCH":
      return verbs.patch(request);
    case "DELETE":
      return verbs.deleteObject(request);
    default:
      return Promise.reject(methodNotAllowed());
  }
}
