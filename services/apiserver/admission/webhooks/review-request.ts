import { randomUUID } from "node:crypto";
import type { AdmissionRequest as ReviewRequest } from "../../../../gen/typernetes/admission/v1/admission_review.ts";
import { withHeldStructs } from "../../../../lib/api/held-structs.ts";
import type { ApiObject } from "../../../../lib/resources/strategy.ts";
import { userInfoOf } from "../../reviews/token-review.ts";
import type { AdmissionRequest } from "../admission.ts";
import type { AdmissionVersion } from "./versions.ts";

const optionKinds = { CREATE: "CreateOptions", UPDATE: "UpdateOptions", DELETE: "DeleteOptions" } as const;

/** A request in one version, with everything that is asked of it and about it; the same for webhooks and expressions. */
export interface ShownRequest {
  readonly request: ReviewRequest;
  readonly object: ApiObject | undefined;
  readonly oldObject: ApiObject | undefined;
}

/** The namespace that a request is in; a namespace is in itself. */
export function namespaceOf({ info, namespace, name }: AdmissionRequest): string | undefined {
  return info.groupResource === "namespaces" ? name : namespace;
}

/** The request as `version` shows it; `asked` is the version that the client used. */
export async function showRequest(
  admission: AdmissionRequest,
  version: AdmissionVersion,
  asked: AdmissionVersion,
): Promise<ShownRequest> {
  const { operation, subresource, name, identity, dryRun } = admission;
  const isConnect = operation === "CONNECT";
  const hasOld = admission.old && operation !== "CREATE" && !isConnect;
  const object = admission.object && withHeldStructs(await version.show(admission.object));
  const oldObject = hasOld && admission.old ? withHeldStructs(await version.show(admission.old)) : undefined;
  const namespace = namespaceOf(admission);
  const request: ReviewRequest = {
    uid: randomUUID(),
    kind: { ...version.kind },
    resource: resourceOf(version),
    ...(subresource && { subResource: subresource }),
    requestKind: { ...asked.kind },
    requestResource: resourceOf(asked),
    ...(subresource && { requestSubResource: subresource }),
    ...(name && { name }),
    ...(namespace && { namespace }),
    operation,
    userInfo: userInfoOf(identity),
    dryRun,
    ...(!isConnect && { options: optionsOf(admission) }),
  };
  return { request, object, oldObject };
}

function resourceOf({ group, version, resource }: AdmissionVersion) {
  return { group, version, resource };
}

function optionsOf({ operation, dryRun, fieldManager }: AdmissionRequest): object | undefined {
  if (operation === "CONNECT") return undefined;
  return {
    kind: optionKinds[operation],
    apiVersion: "meta.k8s.io/v1",
    ...(fieldManager && { fieldManager }),
    ...(dryRun && { dryRun: ["All"] }),
  };
}
