import { type AuthorizationQuestion, CelAuthorizer } from "../../../../lib/cel/functions/authorization.ts";
import type { Identity } from "../../../../lib/grpc/router.ts";
import { decide } from "../../auth/authorise.ts";
import type { Attributes } from "../../auth/authoriser.ts";
import type { AdmissionContext, AdmissionRequest } from "../admission.ts";

/** What expressions ask who may do what: about who makes the request, unless they name a service account. */
export function authorizerFor({ access }: AdmissionContext, request: AdmissionRequest): CelAuthorizer {
  const { info, subresource, namespace, name, identity } = request;
  const { group, plural } = info.schema;
  const requested = {
    ...{ group, resource: plural },
    ...(subresource && { subresource }),
    ...(namespace && { namespace }),
    ...(name && { name }),
  };
  return new CelAuthorizer((question) => {
    const { serviceAccount } = question;
    const who = serviceAccount ? accountIdentity(serviceAccount.namespace, serviceAccount.name) : identity;
    const decided = decide(access.authorisers, who, attributesOf(question));
    // Expressions are evaluated at one go.
    if (decided instanceof Promise) {
      decided.catch(() => {});
      return { allowed: false, reason: "", error: "this takes longer than an expression may" };
    }
    return { allowed: decided.verdict === "allow", reason: decided.reason };
  }, requested);
}

function attributesOf(question: AuthorizationQuestion): Attributes {
  const { verb, path, group = "", resource = "", subresource, namespace, name } = question;
  if (path !== undefined) return { verb, path };
  return { verb, group, version: "*", resource, subresource, namespace, name };
}

function accountIdentity(namespace: string, name: string): Identity {
  const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"];
  return { user: `system:serviceaccount:${namespace}:${name}`, groups };
}
