import type { ResourceSchema } from "../../gen/schema.ts";

/** What a request wants: what authorisers, flow control and the audit log look at. */
export interface RequestAttributes {
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

/** What the requests of all methods have, or may have. */
export interface AnyRequest {
  namespace?: string | undefined;
  name?: string | undefined;
  subresource?: string | undefined;
  object?: { metadata?: { namespace?: string | undefined; name?: string | undefined } | undefined } | undefined;
}

/** The attributes of a call of a method of a kind's service. */
export function attributesOf(schema: ResourceSchema, method: string, request: AnyRequest): RequestAttributes {
  const [verb, subresource] = verbs[method] ?? [method.toLowerCase(), request.subresource];
  const { group, version, plural } = schema;
  return {
    verb,
    group,
    version,
    resource: plural,
    subresource: subresource || undefined,
    namespace: request.namespace || request.object?.metadata?.namespace || undefined,
    name: request.name || request.object?.metadata?.name || undefined,
  };
}
