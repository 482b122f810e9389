import type { PolicyRule } from "../../../../gen/typernetes/rbac/v1/cluster_role.ts";
import { allow, allowPaths, read, reports, write } from "./policy-rule.ts";

const leases = "coordination.k8s.io";
const certificates = "certificates.k8s.io";
const storage = "storage.k8s.io";
const devices = "resource.k8s.io";
const scaled = "deployments deployments/scale replicasets replicasets/scale";
const probes = "/healthz /livez /readyz /version /version/";

function approver(signer: string): PolicyRule[] {
  return [allow(certificates, "signers", "approve", `kubernetes.io/${signer}`)];
}

/** What a kubelet may do; the node authoriser narrows it to what is of its own node. */
export const nodeRules: readonly PolicyRule[] = [
  allow("authentication.k8s.io", "tokenreviews", "create"),
  allow("authorization.k8s.io", "localsubjectaccessreviews subjectaccessreviews", "create"),
  allow("", "services", read),
  allow("", "nodes", `create ${read}`),
  allow("", "nodes/status", "patch update"),
  allow("", "nodes", "patch update"),
  allow(["", "events.k8s.io"], "events", "create patch update"),
  allow("", "pods", read),
  allow("", "pods", "create delete"),
  allow("", "pods/status", "patch update"),
  allow("", "pods/eviction", "create"),
  allow("", "configmaps secrets", read),
  allow("", "persistentvolumeclaims persistentvolumes", "get"),
  allow("", "endpoints", "get"),
  allow(certificates, "certificatesigningrequests", `create ${read}`),
  allow(leases, "leases", "create delete get patch update"),
  allow(storage, "volumeattachments", "get"),
  allow("", "serviceaccounts/token", "create"),
  allow("", "serviceaccounts", "get"),
  allow("", "persistentvolumeclaims/status", "get patch update"),
  allow(storage, "csidrivers", read),
  allow(storage, "csinodes", "create delete get patch update"),
  allow("node.k8s.io", "runtimeclasses", read),
  allow(devices, "resourceclaims", "get"),
  allow(devices, "resourceslices", `${read} ${write}`),
];

/** The rules of the default cluster roles that have rules of their own. */
export const clusterRoles: Readonly<Record<string, readonly PolicyRule[]>> = {
  "cluster-admin": [allow("*", "*", "*"), allowPaths("*", "*")],
  "system:aggregate-to-admin": [
    allow("authorization.k8s.io", "localsubjectaccessreviews", "create"),
    allow("rbac.authorization.k8s.io", "rolebindings roles", `${read} ${write}`),
  ],
  "system:aggregate-to-edit": [
    allow("", "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy", read),
    allow("", "serviceaccounts", "impersonate"),
    allow("", "pods pods/attach pods/exec pods/portforward pods/proxy", write),
    allow("", "pods/eviction", "create"),
    allow(
      "",
      "configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy",
      write,
    ),
    allow("", "serviceaccounts/token", "create"),
    allow("apps", `daemonsets deployments/rollback ${scaled} statefulsets statefulsets/scale`, write),
    allow("autoscaling", "horizontalpodautoscalers", write),
    allow("batch", "cronjobs jobs", write),
    allow(
      "extensions",
      `daemonsets deployments/rollback ${scaled} ingresses networkpolicies replicationcontrollers/scale`,
      write,
    ),
    allow("policy", "poddisruptionbudgets", write),
    allow("networking.k8s.io", "ingresses networkpolicies", write),
    allow(leases, "leases", `${read} ${write}`),
    allow(devices, "resourceclaims resourceclaimtemplates", write),
  ],
  "system:aggregate-to-view": [
    allow(
      "",
      "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status",
      read,
    ),
    allow(
      "",
      "bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status",
      read,
    ),
    allow("", "namespaces", read),
    allow("discovery.k8s.io", "endpointslices", read),
    allow(
      "apps",
      `controllerrevisions daemonsets daemonsets/status ${scaled} deployments/status replicasets/status statefulsets statefulsets/scale statefulsets/status`,
      read,
    ),
    allow("autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status", read),
    allow("batch", "cronjobs cronjobs/status jobs jobs/status", read),
    allow(
      "extensions",
      `daemonsets daemonsets/status ${scaled} deployments/status ingresses ingresses/status networkpolicies replicasets/status replicationcontrollers/scale`,
      read,
    ),
    allow("policy", "poddisruptionbudgets poddisruptionbudgets/status", read),
    allow("networking.k8s.io", "ingresses ingresses/status networkpolicies", read),
    allow(devices, "resourceclaims resourceclaims/status resourceclaimtemplates", read),
  ],
  "system:auth-delegator": [
    allow("authentication.k8s.io", "tokenreviews", "create"),
    allow("authorization.k8s.io", "subjectaccessreviews", "create"),
  ],
  "system:basic-user": [
    allow("authorization.k8s.io", "selfsubjectaccessreviews selfsubjectrulesreviews", "create"),
    allow("authentication.k8s.io", "selfsubjectreviews", "create"),
  ],
  "system:certificates.k8s.io:certificatesigningrequests:nodeclient": [
    allow(certificates, "certificatesigningrequests/nodeclient", "create"),
  ],
  "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient": [
    allow(certificates, "certificatesigningrequests/selfnodeclient", "create"),
  ],
  "system:certificates.k8s.io:kube-apiserver-client-approver": approver("kube-apiserver-client"),
  "system:certificates.k8s.io:kube-apiserver-client-kubelet-approver": approver("kube-apiserver-client-kubelet"),
  "system:certificates.k8s.io:kubelet-serving-approver": approver("kubelet-serving"),
  "system:certificates.k8s.io:legacy-unknown-approver": approver("legacy-unknown"),
  "system:discovery": [allowPaths(`/api /api/* /apis /apis/* /openapi /openapi/* ${probes}`)],
  "system:heapster": [allow("", "events namespaces nodes pods", read), allow("extensions", "deployments", read)],
  "system:kube-aggregator": [allow("", "endpoints services", read)],
  "system:kube-controller-manager": [
    reports,
    allow(leases, "leases", "create"),
    allow(leases, "leases", "get update", "kube-controller-manager"),
    allow("", "secrets serviceaccounts", "create"),
    allow("", "secrets", "delete"),
    allow("", "configmaps namespaces secrets serviceaccounts", "get"),
    allow("", "secrets serviceaccounts", "update"),
    allow("authentication.k8s.io", "tokenreviews", "create"),
    allow("authorization.k8s.io", "subjectaccessreviews", "create"),
    allow("*", "*", "list watch"),
    allow("", "serviceaccounts/token", "create"),
  ],
  "system:kube-dns": [
    allow("", "endpoints services", "list watch"),
    allow("discovery.k8s.io", "endpointslices", "list watch"),
  ],
  "system:kube-scheduler": [
    reports,
    allow(leases, "leases", "create"),
    allow(leases, "leases", "get update", "kube-scheduler"),
    allow("", "nodes", read),
    allow("", "pods", `delete ${read}`),
    allow("", "bindings pods/binding", "create"),
    allow("", "pods/status", "patch update"),
    allow("", "replicationcontrollers services", read),
    allow("apps extensions", "replicasets", read),
    allow("apps", "statefulsets", read),
    allow("policy", "poddisruptionbudgets", read),
    allow("", "persistentvolumeclaims persistentvolumes", read),
    allow("authentication.k8s.io", "tokenreviews", "create"),
    allow("authorization.k8s.io", "subjectaccessreviews", "create"),
    allow(storage, "csinodes", read),
    allow("", "namespaces", read),
    allow(storage, "csidrivers", read),
    allow(storage, "csistoragecapacities", read),
    allow(storage, "volumeattachments", read),
    allow(devices, "deviceclasses resourceclaims resourceslices", read),
    allow(devices, "resourceclaims resourceclaims/status", "patch update"),
  ],
  "system:kubelet-api-admin": [
    allow("", "nodes", read),
    allow("", "nodes", "proxy"),
    allow("", "nodes/log nodes/metrics nodes/proxy nodes/stats", "*"),
  ],
  "system:monitoring": [allowPaths("/healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*")],
  "system:node": nodeRules,
  "system:node-bootstrapper": [allow(certificates, "certificatesigningrequests", `create ${read}`)],
  "system:node-problem-detector": [allow("", "nodes", "get"), allow("", "nodes/status", "patch"), reports],
  "system:node-proxier": [
    allow("", "endpoints services", "list watch"),
    allow("", "nodes", read),
    reports,
    allow("discovery.k8s.io", "endpointslices", "list watch"),
    allow("networking.k8s.io", "servicecidrs", "list watch"),
    // Kubernetes leaves network policies to others; here the proxy enforces them.
    allow("networking.k8s.io", "networkpolicies", "list watch"),
    allow("", "namespaces pods", "list watch"),
  ],
  "system:persistent-volume-provisioner": [
    allow("", "persistentvolumes", `create delete ${read}`),
    allow("", "persistentvolumeclaims", `${read} update`),
    allow(storage, "storageclasses", read),
    allow("", "events", "watch"),
    reports,
  ],
  "system:public-info-viewer": [allowPaths(probes)],
  "system:service-account-issuer-discovery": [allowPaths("/.well-known/openid-configuration /openid/v1/jwks")],
  "system:volume-scheduler": [
    allow("", "persistentvolumes", `${read} patch update`),
    allow(storage, "storageclasses", read),
    allow("", "persistentvolumeclaims", `${read} patch update`),
  ],
};

/** Cluster roles that are made of others, by their labels; and into which they go themselves. */
export const aggregatedRoles: readonly { name: string; into?: string }[] = [
  { name: "admin" },
  { name: "edit", into: "admin" },
  { name: "view", into: "edit" },
];
