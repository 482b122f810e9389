import type { Caller } from "../../core.ts";
import type { RequestAttributes } from "../../request-attributes.ts";
import { letIn } from "../../request-path.ts";
import type { ResourceRequest } from "../resource-request.ts";
import { callerOf } from "../verbs.ts";

/** Lets in who may do this to the request's subresource. @throws StatusError `Unauthorized`, `Forbidden`. */
export function letInWith(request: ResourceRequest, verb: string): Promise<Caller> {
  const { namespace, name, subresource } = request.path;
  const { group, version, plural } = request.served.schema;
  const attributes: RequestAttributes = { verb, group, version, resource: plural, subresource, namespace, name };
  return letIn(request.core, attributes, callerOf(request));
}
