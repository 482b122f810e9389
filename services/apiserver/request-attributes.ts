import type { ResourceSchema } from "../../gen/schema.ts";
import { parseFieldSelector } from "../../lib/api/field-selector.ts";
import { type SelectorAttributes, selectorAttributes } from "./auth/selector-attributes.ts";

/** What a request wants: what authorisers, flow control and the audit log look at. */
export interface RequestAttributes extends SelectorAttributes {
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`. */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  /** The plural. */
  readonly resource: string;
  readonly subresource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

/** The verbs of methods that are not called as their verb is; with the subresource that they are about. */
const verbs: Readonly<Record<string, readonly [verb: string, subresource: string]>> = {
  updateStatus: ["update", "status"],
  getScale: ["get", "scale"],
  updateScale: ["update", "scale"],
  finalize: ["update", "finalize"],
  updateApproval: ["update", "approval"],
  updateEphemeralContainers: ["update", "ephemeralcontainers"],
  resize: ["update", "resize"],
  bind: ["create", "binding"],
  evict: ["create", "eviction"],
  log: ["get", "log"],
  exec: ["create", "exec"],
  attach: ["create", "attach"],
  portForward: ["create", "portforward"],
  createToken: ["create", "token"],
};

/** Methods that connect to a container: who asks for that with GET, as WebSockets must, only needs to be allowed to get. */
const connecting = new Set(["exec", "attach", "portForward"]);

interface Placed {
  metadata?: { namespace?: string | undefined; name?: string | undefined } | undefined;
}

/** What the requests of all methods have, or may have. */
export interface AnyRequest {
  namespace?: string | undefined;
  name?: string | undefined;
  subresource?: string | undefined;
  object?: Placed | undefined;
  eviction?: Placed | undefined;
  /** Set by a door, of a connection that was asked for with GET. */
  isGet?: boolean | undefined;
  options?: object | undefined;
  listOptions?: object | undefined;
}

/** The attributes of a call of a method of a kind's service. */
export function attributesOf(schema: ResourceSchema, method: string, request: AnyRequest): RequestAttributes {
  const [usual, subresource] = verbs[method] ?? [method.toLowerCase(), request.subresource];
  const verb = request.isGet && connecting.has(method) ? "get" : usual;
  const { group, version, plural } = schema;
  const place = request.object?.metadata ?? request.eviction?.metadata;
  // Where both name a place, the verbs go by the object's, or refuse the request.
  const name = place?.name || request.name || nameSelected(verb, request) || undefined;
  return {
    verb,
    group,
    version,
    resource: plural,
    subresource: subresource || undefined,
    namespace: namespaceOf(schema, place?.namespace || request.namespace, name),
    name,
    ...(collectionVerbs.has(verb) && selectorAttributes(request.listOptions ?? request.options ?? {})),
  };
}

/** A namespace itself is in it: who may do something in a namespace may do it to the namespace. */
function namespaceOf(schema: ResourceSchema, namespace: string | undefined, name: string | undefined) {
  if (schema.namespaced) return namespace || undefined;
  return schema.plural === "namespaces" && schema.group === "" ? name : undefined;
}

const collectionVerbs = new Set(["list", "watch", "deletecollection"]);

/** Who selects by name wants one object only, and needs to be allowed no more. */
function nameSelected(verb: string, { options, listOptions }: AnyRequest): string | undefined {
  if (!collectionVerbs.has(verb)) return undefined;
  const { fieldSelector } = (listOptions ?? options ?? {}) as { fieldSelector?: unknown };
  if (typeof fieldSelector !== "string" || !fieldSelector) return undefined;
  try {
    return parseFieldSelector(fieldSelector).exactValue("metadata.name");
  } catch {
    // The verb says what is wrong with it.
    return undefined;
  }
}
