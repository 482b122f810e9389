import type { BoundObjectReference, TokenRequest } from "../../../gen/typernetes/authentication/v1/token_request.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type {
  CreateServiceAccountTokenRequest,
  ServiceAccountServiceDefinition,
} from "../../../gen/typernetes/core/v1/service_account.ts";

import { FieldErrors } from "../../../lib/api/field-errors.ts";
import type { Handlers } from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { admitPart, tokenPart } from "../admission/admit-part.ts";
import { nodeNameOf } from "../auth/node-authoriser.ts";
import type { NamedObject, TokenContent } from "../auth/tokens/service-account-tokens.ts";
import type { Caller, Core } from "../core.ts";
import { badRequest, conflict, forbidden, notFound } from "../errors.ts";
import { resourceHandlers } from "../grpc/door.ts";
import { type ResourceInfo, storeKey } from "../resource-info.ts";
import { formatTime } from "../time.ts";
import { isDryRun } from "../verbs/dry-run.ts";

const defaultSeconds = 3600;
const secondsMin = 600;
const secondsMax = 2 ** 32;
/** With this life the tokens are asked for that pods get by themselves. */
const projectedSeconds = 3607;
const extendedSeconds = 365 * 24 * 3600;

/** The verbs of service accounts: what all kinds have, and tokens. */
export function accountHandlers(core: Core, info: ResourceInfo): Handlers<typeof ServiceAccountServiceDefinition> {
  return { ...resourceHandlers(core, info), createToken: (request, caller) => createToken(core, request, caller) };
}

/** Issues a token for a service account, bound to an object where one is named. */
async function createToken(
  core: Core,
  { namespace = "", name = "", object: given, options }: CreateServiceAccountTokenRequest,
  caller: Caller,
): Promise<TokenRequest> {
  if (!given) throw badRequest("the request has no object");
  checkPlace(given, namespace, name);
  const info = core.resource("", "serviceaccounts");
  const creation = { info, namespace, name, object: given, options, dryRun: isDryRun(options) };
  const object = await admitPart(core, tokenPart, creation, caller);
  const { audiences = [], expirationSeconds = defaultSeconds, boundObjectRef } = object.spec ?? {};
  validate(object, name, expirationSeconds);
  const account = await find(core, "serviceaccounts", namespace, name);
  const node = nodeNameOf(caller.identity);
  if (node !== undefined) checkNodeRequest(core, namespace, name, node, boundObjectRef);
  const bound = boundObjectRef && (await findBound(core, namespace, name, boundObjectRef));
  const forApi = audiences.length === 0 || isSame(audiences, core.tokens.apiAudiences);
  const isExtended =
    core.tokens.extendsProjected && forApi && expirationSeconds === projectedSeconds && bound?.pod !== undefined;
  const content: TokenContent = {
    namespace,
    account: named(account),
    audiences: audiences.length > 0 ? audiences : core.tokens.apiAudiences,
    lifeSeconds: isExtended ? extendedSeconds : expirationSeconds,
    ...(isExtended && { warnAfterSeconds: projectedSeconds }),
    ...(bound && { bound }),
  };
  const token = isDryRun(options) ? "" : await core.tokens.issue(content);
  return {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    metadata: { name, namespace, creationTimestamp: formatTime(core.clock.now()) },
    spec: { ...object.spec, audiences: [...content.audiences], expirationSeconds },
    status: { token, expirationTimestamp: formatTime(core.clock.now() + expirationSeconds * 1000) },
  };
}

/** A kubelet asks only for the pods that run on its node. */
function checkNodeRequest(
  core: Core,
  namespace: string,
  account: string,
  node: string,
  reference: BoundObjectReference | undefined,
): void {
  const refuse = (detail: string) => forbidden(core.resource("", "serviceaccounts"), account, detail);
  if (reference?.kind !== "Pod") throw refuse("node requested token not bound to a pod");
  if (!reference.uid) throw refuse("node requested token with a pod binding without a uid");
  const pods = core.resource("", "pods");
  const cache = core.cache.cacheOf(pods);
  const entry = cache.get(storeKey(pods, namespace, reference.name ?? ""));
  // A pod that is not there is told of where it is looked for.
  const pod: Pod | undefined = entry && cache.decode(entry);
  if (pod && pod.spec?.nodeName !== node)
    throw refuse("node requested token bound to a pod scheduled on a different node");
}

function checkPlace({ metadata = {} }: TokenRequest, namespace: string, name: string): void {
  if (metadata.name && metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  }
  if (metadata.namespace && metadata.namespace !== namespace) {
    throw badRequest(
      `the namespace of the object (${metadata.namespace}) does not match the namespace on the request (${namespace})`,
    );
  }
}

function validate({ spec }: TokenRequest, name: string, seconds: number): void {
  const errors = new FieldErrors();
  if (seconds < secondsMin) {
    errors.invalid("spec.expirationSeconds", seconds, "may not specify a duration less than 10 minutes");
  } else if (seconds > secondsMax) {
    errors.invalid("spec.expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds");
  }
  for (const [index, audience] of (spec?.audiences ?? []).entries()) {
    if (!audience) errors.invalid(`spec.audiences[${index}]`, audience, "may not be empty");
  }
  const error = errors.toError({ group: "authentication.k8s.io", kind: "TokenRequest", name });
  if (error) throw error;
}

/** What the token is bound to, and for a pod the node that it runs on. */
async function findBound(
  core: Core,
  namespace: string,
  account: string,
  reference: BoundObjectReference,
): Promise<TokenContent["bound"]> {
  const { apiVersion = "", kind = "", name = "", uid } = reference;
  const plural = { Pod: "pods", Secret: "secrets", Node: "nodes" }[kind];
  if (apiVersion !== "v1" || !plural) {
    throw badRequest(`cannot bind token for serviceaccount to object ${JSON.stringify(`${apiVersion}/${kind}`)}`);
  }
  const object = await find(core, plural, kind === "Node" ? undefined : namespace, name);
  if (uid && uid !== object.metadata?.uid) {
    const info = core.resource("", plural);
    const detail = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw conflict(info, name, detail);
  }
  switch (kind) {
    case "Secret":
      return { secret: named(object) };
    case "Node":
      return { node: named(object) };
    default:
      return boundPod(core, account, object);
  }
}

async function boundPod(core: Core, account: string, pod: ApiObject & Pod): Promise<TokenContent["bound"]> {
  if ((pod.spec?.serviceAccountName || "default") !== account) {
    const detail = `cannot bind token for serviceaccount ${JSON.stringify(account)} to pod running with different serviceaccount name.`;
    throw badRequest(detail);
  }
  const nodeName = pod.spec?.nodeName;
  if (!nodeName) return { pod: named(pod) };
  const nodes = core.resource("", "nodes");
  const cache = core.cache.cacheOf(nodes);
  const entry = cache.get(storeKey(nodes, undefined, nodeName));
  return { pod: named(pod), ...(entry && { node: named(cache.decode(entry)) }) };
}

async function find(core: Core, plural: string, namespace: string | undefined, name: string): Promise<ApiObject> {
  const info = core.resource("", plural);
  const cache = core.cache.cacheOf(info);
  const key = storeKey(info, namespace, name);
  if (!cache.get(key)) await core.cache.fresh();
  const entry = cache.get(key);
  if (!entry) throw notFound(info, name);
  return cache.decode(entry);
}

function named({ metadata }: ApiObject): NamedObject {
  return { name: metadata?.name ?? "", uid: metadata?.uid ?? "" };
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((audience) => other.includes(audience));
}
