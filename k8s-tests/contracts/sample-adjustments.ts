/** What an object needs beyond its required fields, so that a server takes it; by message of the kind. */
const labels = { app: "sample" };
const selector = { matchLabels: labels };
const template = { metadata: { labels }, spec: { containers: [{ name: "main", image: "sample" }] } };
const onceTemplate = { spec: { ...template.spec, restartPolicy: "Never" } };
const webhook = {
  name: "sample.example.com",
  clientConfig: { url: "https://192.0.2.1/" },
  sideEffects: "None",
  admissionReviewVersions: ["v1"],
};
const scaler = { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "sample" }, maxReplicas: 2 };
const claim = { devices: { requests: [{ name: "sample", exactly: { deviceClassName: "sample.example.com" } }] } };
const role = { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] };
const roleRef = (kind: string) => ({ roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name: "sample" } });
const regarding = { apiVersion: "v1", kind: "Pod", namespace: "contracts", name: "sample" };

export const sampleAdjustments: Readonly<Record<string, Record<string, unknown>>> = {
  "admissionregistration.v1.MutatingWebhookConfiguration": { webhooks: [webhook] },
  "admissionregistration.v1.ValidatingAdmissionPolicy": {
    spec: {
      matchConstraints: {
        resourceRules: [
          { apiGroups: ["example.com"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["widgets"] },
        ],
      },
      validations: [{ expression: "true" }],
    },
  },
  "admissionregistration.v1.ValidatingAdmissionPolicyBinding": {
    spec: { policyName: "sample", validationActions: ["Deny"] },
  },
  "admissionregistration.v1.ValidatingWebhookConfiguration": { webhooks: [webhook] },
  "admissionregistration.v1beta1.MutatingAdmissionPolicy": {
    spec: {
      matchConstraints: {
        resourceRules: [
          { apiGroups: ["example.com"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["widgets"] },
        ],
      },
      mutations: [{ patchType: "JSONPatch", jsonPatch: { expression: "[]" } }],
      reinvocationPolicy: "Never",
    },
  },
  "admissionregistration.v1beta1.MutatingAdmissionPolicyBinding": { spec: { policyName: "sample" } },
  "apiextensions.v1.CustomResourceDefinition": {
    metadata: { name: "samples.example.com" },
    spec: {
      group: "example.com",
      names: { plural: "samples", singular: "sample", kind: "Sample", listKind: "SampleList" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
    },
  },
  "apiregistration.v1.APIService": {
    metadata: { name: "v1.aggregated.example.com" },
    spec: {
      group: "aggregated.example.com",
      version: "v1",
      groupPriorityMinimum: 100,
      versionPriority: 10,
      service: { namespace: "contracts", name: "sample" },
      insecureSkipTLSVerify: true,
    },
  },
  "apps.v1.ControllerRevision": { data: {} },
  "apps.v1.DaemonSet": { spec: { selector, template } },
  "apps.v1.Deployment": { spec: { selector, template, replicas: 0 } },
  "apps.v1.ReplicaSet": { spec: { selector, template, replicas: 0 } },
  "apps.v1.StatefulSet": { spec: { selector, template, serviceName: "sample", replicas: 0 } },
  "autoscaling.v1.HorizontalPodAutoscaler": { spec: scaler },
  "autoscaling.v2.HorizontalPodAutoscaler": { spec: scaler },
  "batch.v1.CronJob": {
    spec: { schedule: "0 0 1 1 *", suspend: true, jobTemplate: { spec: { template: onceTemplate } } },
  },
  "batch.v1.Job": { spec: { template: onceTemplate, suspend: true } },
  "certificates.v1.CertificateSigningRequest": {
    spec: {
      signerName: "example.com/sample",
      usages: ["client auth"],
      // A request for the name system:node:sample, made once.
      request:
        "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIdk1JR1dBZ0VBTURReEZUQVRCZ05WQkFvTURITjVjM1JsYlRwdWIyUmxjekViTUJrR0ExVUVBd3dTYzNsegpkR1Z0T201dlpHVTZjMkZ0Y0d4bE1Ga3dFd1lIS29aSXpqMENBUVlJS29aSXpqMERBUWNEUWdBRUxCNER5cXlCClpqYkx1TTBYazFOWklYRDYxRjdmUit6RjcvbVcrZzIrL0UxUFd0VmFpckJYVTd0WEx2a3ZhV1FWNVduWFE2L1cKTWtnRncyTTJuSVY4ZGFBQU1Bb0dDQ3FHU000OUJBTUNBMGdBTUVVQ0lFU0hTWDZOUjV1TXZvMVpTaXdIcDkzQQpKdEkrYjdyaytEOHNsWmJzSC9LbkFpRUExem1NN2ZSQkxodmJ1RTNqOFVmaFJIaHFBamNNbUV0cXRVQllqSEowCnIyaz0KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==",
    },
  },
  "core.v1.Event": { involvedObject: regarding, reason: "Sample", message: "a sample", type: "Normal" },
  "core.v1.LimitRange": { spec: { limits: [{ type: "PersistentVolumeClaim", max: { storage: "100Gi" } }] } },
  "core.v1.PersistentVolume": {
    spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/tmp/sample" } },
  },
  "core.v1.PersistentVolumeClaim": {
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, storageClassName: "none" },
  },
  "core.v1.Pod": { spec: template.spec },
  "core.v1.PodTemplate": { template },
  "core.v1.ReplicationController": { spec: { selector: labels, template, replicas: 0 } },
  "core.v1.ResourceQuota": { spec: { hard: { pods: "100" } } },
  "core.v1.Service": { spec: { ports: [{ port: 80 }] } },
  "discovery.v1.EndpointSlice": { addressType: "IPv4", endpoints: [] },
  "events.v1.Event": {
    regarding,
    reason: "Sample",
    note: "a sample",
    type: "Normal",
    action: "Testing",
    eventTime: "2024-01-01T00:00:00.000000Z",
    reportingController: "example.com/contracts",
    reportingInstance: "contracts-1",
  },
  "flowcontrol.v1.FlowSchema": {
    spec: { priorityLevelConfiguration: { name: "sample" }, matchingPrecedence: 9000, rules: [] },
  },
  "flowcontrol.v1.PriorityLevelConfiguration": {
    spec: { type: "Limited", limited: { nominalConcurrencyShares: 1, limitResponse: { type: "Reject" } } },
  },
  "networking.v1.Ingress": { spec: { defaultBackend: { service: { name: "sample", port: { number: 80 } } } } },
  "networking.v1.IngressClass": { spec: { controller: "example.com/sample" } },
  "networking.v1.IPAddress": {
    metadata: { name: "192.0.2.9" },
    spec: { parentRef: { resource: "services", namespace: "contracts", name: "sample" } },
  },
  "networking.v1.NetworkPolicy": { spec: { podSelector: {} } },
  "networking.v1.ServiceCIDR": { spec: { cidrs: ["198.51.100.0/24"] } },
  "policy.v1.PodDisruptionBudget": { spec: { selector, minAvailable: 1 } },
  "rbac.v1.ClusterRole": role,
  "rbac.v1.ClusterRoleBinding": roleRef("ClusterRole"),
  "rbac.v1.Role": role,
  "rbac.v1.RoleBinding": roleRef("Role"),
  "resource.v1.ResourceClaim": { spec: claim },
  "resource.v1.ResourceClaimTemplate": { spec: { spec: claim } },
  "resource.v1.ResourceSlice": {
    spec: { driver: "sample.example.com", devices: [{ name: "sample" }], allNodes: true },
  },
  "storage.v1.CSIDriver": { metadata: { name: "sample.example.com" } },
  "storage.v1.CSINode": {
    spec: { drivers: [{ name: "sample.example.com", nodeID: "sample", topologyKeys: ["example.com/zone"] }] },
  },
  "storage.v1.StorageClass": { provisioner: "example.com/sample" },
  "storage.v1.VolumeAttachment": { spec: { attacher: "example.com", source: { persistentVolumeName: "sample" } } },
  "storage.v1.VolumeAttributesClass": { driverName: "sample.example.com", parameters: { speed: "high" } },
};
