import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { nodeNameOf } from "../auth/node-authoriser.ts";
import { podReferences } from "../auth/pod-references.ts";
import { forbidden } from "../errors.ts";
import { storeKey } from "../resource-info.ts";
import { isStaticPod } from "../subresources/static-pod.ts";
import type { AdmissionContext, AdmissionPluginFactory, AdmissionRequest } from "./admission.ts";

/** Labels of Kubernetes' own domains that a kubelet may set on its node. */
const kubeletLabels = new Set([
  "kubernetes.io/hostname",
  "kubernetes.io/os",
  "kubernetes.io/arch",
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
  "beta.kubernetes.io/instance-type",
  "node.kubernetes.io/instance-type",
  "beta.kubernetes.io/os",
  "beta.kubernetes.io/arch",
]);
const kubeletDomains = ["kubelet.kubernetes.io", "node.kubernetes.io"];
const restrictedDomain = "node-restriction.kubernetes.io";

/** A kubelet writes only what is of its own node: the node itself, its pods and its lease. */
export const nodeRestriction: AdmissionPluginFactory = (context) => ({
  name: "NodeRestriction",
  kinds: ["pods", "nodes", "leases.coordination.k8s.io", "csinodes.storage.k8s.io"],
  validate(request) {
    const node = nodeNameOf(request.identity);
    if (node === undefined) return;
    switch (request.info.groupResource) {
      case "pods":
        return checkPod(context, request, node);
      case "nodes":
        return checkNode(request, node);
      case "leases.coordination.k8s.io":
        return checkOwn(request, node, "can only access node lease with the same name as the requesting node");
      case "csinodes.storage.k8s.io":
        return checkOwn(request, node, "can only access CSINode with the same name as the requesting node");
    }
  },
});

function checkPod(context: AdmissionContext, request: AdmissionRequest, node: string): void {
  const { operation, subresource } = request;
  if (operation === "CONNECT") refuse(request, `unexpected operation "${operation}"`);
  if (subresource === "eviction") return checkEviction(context, request, node);
  if (subresource && subresource !== "status") refuse(request, `unexpected pod subresource "${subresource}"`);
  const pod: (ApiObject & Pod) | undefined = operation === "CREATE" ? request.object : request.old;
  if (!pod) return;
  if (operation === "CREATE") checkMirrorPod(context, request, pod, node);
  else if (operation === "UPDATE" && subresource !== "status") refuse(request, "may only update pod status");
  if (pod.spec?.nodeName !== node) {
    const verb = { CREATE: "create", UPDATE: "update status for", DELETE: "delete" }[operation];
    refuse(request, `node "${node}" can only ${verb} pods with spec.nodeName set to itself`);
  }
  if (operation === "UPDATE" && !deepEqual(request.object?.metadata?.labels, pod.metadata?.labels)) {
    refuse(request, `node "${node}" cannot update labels through pod status`);
  }
}

function checkEviction({ cache, resource }: AdmissionContext, request: AdmissionRequest, node: string): void {
  const pods = resource("", "pods");
  const entry = cache.cacheOf(pods).get(storeKey(pods, request.namespace, request.name));
  // A pod that is not there is told of where it is looked for.
  const pod: Pod | undefined = entry && cache.cacheOf(pods).decode(entry);
  if (pod && pod.spec?.nodeName !== node) {
    refuse(request, `node ${node} can only evict pods with spec.nodeName set to itself`);
  }
}

function checkMirrorPod(
  context: AdmissionContext,
  request: AdmissionRequest,
  pod: ApiObject & Pod,
  node: string,
): void {
  if (!isStaticPod(pod))
    refuse(
      request,
      `pod does not have "kubernetes.io/config.mirror" annotation, node "${node}" can only create mirror pods`,
    );
  const nodes = context.resource("", "nodes");
  const cache = context.cache.cacheOf(nodes);
  const entry = cache.get(storeKey(nodes, undefined, node));
  const owners = pod.metadata?.ownerReferences ?? [];
  const [owner] = owners;
  if (owners.length > 1 || (owner && (owner.kind !== "Node" || owner.name !== node || owner.blockOwnerDeletion))) {
    refuse(request, `node "${node}" can only create pods with an owner reference set to itself`);
  }
  if (owner && entry && owner.uid !== cache.decode(entry).metadata?.uid) refuse(request, "node UID mismatch");
  for (const resource of ["secrets", "configmaps", "persistentvolumeclaims"]) {
    if (podReferences(pod, resource).size > 0)
      refuse(request, `node "${node}" can not create pods that reference ${resource}`);
  }
  if (pod.spec?.serviceAccountName)
    refuse(request, `node "${node}" can not create pods that reference a service account`);
}

function checkNode(request: AdmissionRequest, node: string): void {
  if (request.name !== node) refuse(request, `node "${node}" is not allowed to modify node "${request.name}"`);
  const object: ApiObject & Node = request.object ?? {};
  const old: ApiObject & Node = request.old ?? {};
  if (request.operation === "DELETE") return;
  if (object.spec?.configSource && !deepEqual(object.spec.configSource, old.spec?.configSource)) {
    refuse(request, `node "${node}" is not allowed to update configSource to a new non-nil configSource`);
  }
  if (request.operation === "UPDATE" && !deepEqual(object.spec?.taints ?? [], old.spec?.taints ?? [])) {
    refuse(request, `node "${node}" is not allowed to modify taints`);
  }
  const changed = changedLabels(object, old).filter((label) => !mayLabel(label));
  if (changed.length > 0) {
    refuse(request, `node "${node}" is not allowed to modify labels: ${changed.sort().join(", ")}`);
  }
}

function changedLabels({ metadata: now }: ApiObject, { metadata: before }: ApiObject): string[] {
  const names = new Set([...Object.keys(now?.labels ?? {}), ...Object.keys(before?.labels ?? {})]);
  return [...names].filter((name) => now?.labels?.[name] !== before?.labels?.[name]);
}

function mayLabel(label: string): boolean {
  const slash = label.indexOf("/");
  if (slash < 0) return true;
  const domain = label.slice(0, slash);
  if (isIn(domain, restrictedDomain)) return false;
  if (!isIn(domain, "kubernetes.io") && !isIn(domain, "k8s.io")) return true;
  return kubeletLabels.has(label) || kubeletDomains.some((own) => isIn(domain, own));
}

function isIn(domain: string, parent: string): boolean {
  return domain === parent || domain.endsWith(`.${parent}`);
}

function checkOwn(request: AdmissionRequest, node: string, detail: string): void {
  if (request.name !== node) refuse(request, detail);
}

function refuse({ info, name }: AdmissionRequest, detail: string): never {
  throw forbidden(info, name, detail);
}
