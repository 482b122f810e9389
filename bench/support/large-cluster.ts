import { randomUUID } from "node:crypto";
import type { Node } from "../../gen/typernetes/core/v1/node.ts";
import type { Container, Pod } from "../../gen/typernetes/core/v1/pod.ts";
import type { ManagedFieldsEntry } from "../../gen/typernetes/meta/v1/object_meta.ts";

type FieldsV1 = ManagedFieldsEntry["fieldsV1"];

const since = "2026-01-01T00:00:00Z";
const podsPerSet = 50;
const namespaces = 100;

/** The name of the namespace with a number. */
function namespaceName(index: number): string {
  return `team-${index % namespaces}`;
}

/** A node as its kubelet tells of it: conditions, addresses, images, and who set which field. */
export function largeNode(index: number): Node {
  const name = nodeName(index);
  const condition = (type: string, status: string, reason: string) => ({
    type,
    status,
    reason,
    message: `kubelet has ${reason}`,
    lastHeartbeatTime: since,
    lastTransitionTime: since,
  });
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      uid: randomUUID(),
      creationTimestamp: since,
      labels: {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/os": "linux",
        "kubernetes.io/hostname": name,
        "node.kubernetes.io/instance-type": "standard-32",
        "topology.kubernetes.io/region": "region-1",
        "topology.kubernetes.io/zone": `zone-${index % 3}`,
      },
      managedFields: [managedBy("kubelet", "", nodeFields()), managedBy("kubelet", "status", nodeStatusFields())],
    },
    spec: { podCIDR: `10.${index >> 8}.${index & 255}.0/24`, providerID: `machine://zone-${index % 3}/${name}` },
    status: {
      capacity: { cpu: "32", memory: "131072Mi", pods: "110", "ephemeral-storage": "200Gi" },
      allocatable: { cpu: "31800m", memory: "129024Mi", pods: "110", "ephemeral-storage": "190Gi" },
      addresses: [
        { type: "InternalIP", address: `172.16.${index >> 8}.${index & 255}` },
        { type: "Hostname", address: name },
      ],
      conditions: [
        condition("MemoryPressure", "False", "KubeletHasSufficientMemory"),
        condition("DiskPressure", "False", "KubeletHasNoDiskPressure"),
        condition("PIDPressure", "False", "KubeletHasSufficientPID"),
        condition("Ready", "True", "KubeletReady"),
      ],
      images: Array.from({ length: 10 }, (_, image) => {
        const repository = `registry.example/library/program-${(index + image * 7) % 60}`;
        return {
          names: [`${repository}@sha256:${String(image).repeat(64)}`, `${repository}:1.4`],
          sizeBytes: 61_000_000,
        };
      }),
      nodeInfo: {
        machineID: randomUUID(),
        systemUUID: randomUUID(),
        bootID: randomUUID(),
        kernelVersion: "6.1.0",
        osImage: "Debian GNU/Linux 12 (bookworm)",
        containerRuntimeVersion: "containerd://1.7.2",
        kubeletVersion: "v1.34.0",
        operatingSystem: "linux",
        architecture: "amd64",
      },
    },
  };
}

/** A pod that runs on a node, as one of a deployment's: a container, a token, a status, and who set which field. */
export function largePod(index: number, nodes: number): Pod {
  const set = Math.floor(index / podsPerSet);
  const app = `program-${set}`;
  const name = `${app}-5d4f8c7b9-${index.toString(36).padStart(5, "0")}`;
  const node = index % nodes;
  const token = `kube-api-access-${index.toString(36)}`;
  const image = `registry.example/library/program-${set % 60}:1.4`;
  const address = `10.${node >> 8}.${node & 255}.${Math.floor(index / nodes) + 2}`;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      generateName: `${app}-5d4f8c7b9-`,
      namespace: namespaceName(set),
      uid: randomUUID(),
      generation: 1,
      creationTimestamp: since,
      labels: { app, "pod-template-hash": "5d4f8c7b9", "app.kubernetes.io/part-of": `product-${set % 40}` },
      ownerReferences: [
        {
          apiVersion: "apps/v1",
          kind: "ReplicaSet",
          name: `${app}-5d4f8c7b9`,
          uid: `00000000-0000-4000-8000-${String(set).padStart(12, "0")}`,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
      managedFields: [
        managedBy("kube-controller-manager", "", podFields("main")),
        managedBy("kubelet", "status", podStatusFields(address)),
      ],
    },
    spec: {
      nodeName: nodeName(node),
      schedulerName: "default-scheduler",
      serviceAccountName: "default",
      serviceAccount: "default",
      restartPolicy: "Always",
      dnsPolicy: "ClusterFirst",
      terminationGracePeriodSeconds: 30,
      enableServiceLinks: true,
      preemptionPolicy: "PreemptLowerPriority",
      priority: 0,
      securityContext: {},
      containers: [container("main", image, token, { cpu: "100m", memory: "256Mi" })],
      tolerations: ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"].map((key) => ({
        key,
        operator: "Exists",
        effect: "NoExecute",
        tolerationSeconds: 300,
      })),
      volumes: [
        {
          name: token,
          projected: {
            defaultMode: 420,
            sources: [
              { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
              { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
            ],
          },
        },
      ],
    },
    status: {
      phase: "Running",
      qosClass: "Burstable",
      hostIP: `172.16.${node >> 8}.${node & 255}`,
      hostIPs: [{ ip: `172.16.${node >> 8}.${node & 255}` }],
      podIP: address,
      podIPs: [{ ip: address }],
      startTime: since,
      conditions: ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"].map(
        (type) => ({
          type,
          status: "True",
          lastTransitionTime: since,
        }),
      ),
      containerStatuses: [
        {
          name: "main",
          image,
          imageID: `registry.example/library/program@sha256:${"0123456789abcdef".repeat(4)}`,
          containerID: `containerd://${randomUUID().replaceAll("-", "").repeat(2)}`,
          ready: true,
          started: true,
          restartCount: 0,
          state: { running: { startedAt: since } },
        },
      ],
    },
  };
}

function nodeName(index: number): string {
  return `node-${String(index).padStart(4, "0")}.cluster.example`;
}

function container(name: string, image: string, token: string, requests: Record<string, string>): Container {
  return {
    name,
    image,
    imagePullPolicy: "IfNotPresent",
    ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }],
    env: [
      { name: "LOG_LEVEL", value: "info" },
      { name: "POD_NAME", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.name" } } },
    ],
    resources: { requests, limits: { memory: "512Mi" } },
    readinessProbe: {
      httpGet: { path: "/healthz", port: 8080, scheme: "HTTP" },
      periodSeconds: 10,
      timeoutSeconds: 1,
      successThreshold: 1,
      failureThreshold: 3,
    },
    volumeMounts: [{ name: token, readOnly: true, mountPath: "/var/run/secrets/kubernetes.io/serviceaccount" }],
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
  };
}

function managedBy(manager: string, subresource: string, fieldsV1: FieldsV1): ManagedFieldsEntry {
  const entry = { manager, operation: "Update", apiVersion: "v1", time: since, fieldsType: "FieldsV1", fieldsV1 };
  return subresource ? { ...entry, subresource } : entry;
}

function owned(...names: string[]): Record<string, object> {
  return Object.fromEntries(names.map((name) => [`f:${name}`, {}]));
}

function nodeFields(): FieldsV1 {
  return { "f:metadata": { "f:labels": { ".": {}, ...owned("kubernetes.io/arch", "kubernetes.io/hostname") } } };
}

function nodeStatusFields(): FieldsV1 {
  const conditions = ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"].map((type) => [
    `k:{"type":"${type}"}`,
    owned("lastHeartbeatTime", "lastTransitionTime", "message", "reason", "status"),
  ]);
  return { "f:status": { "f:conditions": Object.fromEntries(conditions), "f:images": {} } };
}

function podFields(container: string): FieldsV1 {
  const fields = {
    ".": {},
    ...owned("image", "imagePullPolicy", "name", "terminationMessagePath", "terminationMessagePolicy"),
    "f:env": { ".": {}, 'k:{"name":"LOG_LEVEL"}': { ".": {}, ...owned("name", "value") } },
    "f:readinessProbe": { ".": {}, ...owned("failureThreshold", "periodSeconds", "timeoutSeconds") },
    "f:resources": { ".": {}, "f:requests": { ".": {}, ...owned("cpu", "memory") } },
  };
  return {
    "f:metadata": {
      "f:generateName": {},
      "f:labels": { ".": {}, ...owned("app", "pod-template-hash") },
      "f:ownerReferences": { ".": {} },
    },
    "f:spec": {
      "f:containers": { [`k:{"name":"${container}"}`]: fields },
      ...owned("dnsPolicy", "enableServiceLinks", "restartPolicy", "schedulerName", "securityContext"),
    },
  };
}

function podStatusFields(address: string): FieldsV1 {
  const conditions = ["ContainersReady", "Initialized", "Ready"].map((type) => [
    `k:{"type":"${type}"}`,
    { ".": {}, ...owned("lastTransitionTime", "status", "type") },
  ]);
  return {
    "f:status": {
      "f:conditions": Object.fromEntries(conditions),
      ...owned("containerStatuses", "hostIP", "phase", "podIP", "startTime"),
      "f:podIPs": { ".": {}, [`k:{"ip":"${address}"}`]: { ".": {}, "f:ip": {} } },
    },
  };
}
