import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod, PodSpec } from "../../../gen/typernetes/core/v1/pod.ts";
import { FieldErrors } from "../../api/field-errors.ts";
import { defaultPod } from "./defaults.ts";
import { preparePodForCreate } from "./prepare.ts";
import { pod as strategy } from "./strategy.ts";
import { validatePod } from "./validate.ts";
import { validatePodUpdate } from "./validate-update.ts";

function newPod(spec: PodSpec = {}, metadata: Pod["metadata"] = {}): Pod {
  const pod: Pod = {
    metadata: { name: "web", namespace: "default", ...metadata },
    spec: { containers: [{ name: "main", image: "nginx:1.25" }], ...spec },
  };
  defaultPod(pod);
  return pod;
}

function faults(check: (errors: FieldErrors) => void): string[] {
  const errors = new FieldErrors();
  check(errors);
  return errors.causes.map((cause) => `${cause.field}: ${cause.message}`);
}

function withContainer(container: NonNullable<PodSpec["containers"]>[number], rest: PodSpec = {}): Pod {
  return newPod({ containers: [{ name: "main", image: "nginx", ...container }], ...rest });
}

test("a pod gets the defaults of Kubernetes, and getting them again changes nothing", () => {
  const pod = newPod({
    containers: [
      {
        name: "main",
        image: "registry:5000/nginx",
        ports: [{ containerPort: 80 }],
        resources: { limits: { cpu: "1" } },
        readinessProbe: { httpGet: { port: 80 } },
        env: [{ name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }],
      },
    ],
    volumes: [{ name: "cache" }, { name: "config", configMap: { name: "config" } }],
    hostNetwork: true,
    serviceAccountName: "robot",
  });
  assert.deepEqual(pod.spec, {
    containers: [
      {
        name: "main",
        image: "registry:5000/nginx",
        imagePullPolicy: "Always",
        terminationMessagePath: "/dev/termination-log",
        terminationMessagePolicy: "File",
        ports: [{ containerPort: 80, hostPort: 80, protocol: "TCP" }],
        resources: { limits: { cpu: "1" }, requests: { cpu: "1" } },
        readinessProbe: {
          httpGet: { port: 80, path: "/", scheme: "HTTP" },
          timeoutSeconds: 1,
          periodSeconds: 10,
          successThreshold: 1,
          failureThreshold: 3,
        },
        env: [{ name: "IP", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "status.podIP" } } }],
      },
    ],
    volumes: [
      { name: "cache", emptyDir: {} },
      { name: "config", configMap: { name: "config", defaultMode: 420 } },
    ],
    hostNetwork: true,
    serviceAccountName: "robot",
    serviceAccount: "robot",
    dnsPolicy: "ClusterFirst",
    restartPolicy: "Always",
    securityContext: {},
    terminationGracePeriodSeconds: 30,
    schedulerName: "default-scheduler",
    enableServiceLinks: true,
  });
  const before = structuredClone(pod);
  defaultPod(pod);
  assert.deepEqual(pod, before);
});

const rules: readonly [string, Pod, string[]][] = [
  ["a plain pod", newPod(), []],
  ["no containers", newPod({ containers: [] }), ["spec.containers: Required value"]],
  [
    "several faults at once",
    newPod({ containers: [{ name: "A", ports: [{ containerPort: 70000 }] }] }),
    [
      "spec.containers[0].name: Invalid value: \"A\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      "spec.containers[0].image: Required value",
      "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
    ],
  ],
];

for (const [name, pod, expected] of rules)
  test(`validation of ${name}`, () =>
    assert.deepEqual(
      faults((errors) => validatePod(pod, errors)),
      expected,
    ));

const containerRules: readonly [Parameters<typeof withContainer>[0], PodSpec, string][] = [
  [{ image: " nginx" }, {}, 'image: Invalid value: " nginx": must not have leading or trailing whitespace'],
  [
    { imagePullPolicy: "Sometimes" },
    {},
    'imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"',
  ],
  [
    { terminationMessagePolicy: "X" },
    {},
    'terminationMessagePolicy: Unsupported value: "X": supported values: "File", "FallbackToLogsOnError"',
  ],
  [{ restartPolicy: "Always" }, {}, "restartPolicy: Forbidden: may not be set for non-init containers"],
  [{ ports: [{}] }, {}, "ports[0].containerPort: Required value"],
  [
    { ports: [{ containerPort: 1, hostPort: 70000 }] },
    {},
    "ports[0].hostPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
  ],
  [
    { ports: [{ containerPort: 1, protocol: "ICMP" }] },
    {},
    'ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
  ],
  [
    {
      ports: [
        { containerPort: 1, name: "a" },
        { containerPort: 2, name: "a" },
      ],
    },
    {},
    'ports[1].name: Duplicate value: "a"',
  ],
  [
    {
      ports: [
        { containerPort: 1, hostPort: 5 },
        { containerPort: 2, hostPort: 5 },
      ],
    },
    {},
    'ports[1].hostPort: Duplicate value: "TCP//5"',
  ],
  [
    { ports: [{ containerPort: 1, hostPort: 2 }] },
    { hostNetwork: true },
    "ports[0].hostPort: Invalid value: 2: must match `containerPort` when `hostNetwork` is true",
  ],
  [{ env: [{}] }, {}, "env[0].name: Required value"],
  [
    { env: [{ name: "a=b" }] },
    {},
    "env[0].name: Invalid value: \"a=b\": a valid environment variable name must consist only of printable ASCII characters other than '='",
  ],
  [
    { env: [{ name: "A", valueFrom: {} }] },
    {},
    'env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`',
  ],
  [
    { env: [{ name: "A", value: "b", valueFrom: { configMapKeyRef: { name: "c", key: "k" } } }] },
    {},
    'env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
  ],
  [
    {
      env: [
        { name: "A", valueFrom: { configMapKeyRef: { name: "c", key: "k" }, secretKeyRef: { name: "c", key: "k" } } },
      ],
    },
    {},
    'env[0].valueFrom: Invalid value: "": may not have more than one field specified at a time',
  ],
  [
    { env: [{ name: "A", valueFrom: { secretKeyRef: { name: "c" } } }] },
    {},
    "env[0].valueFrom.secretKeyRef.key: Required value",
  ],
  [
    { env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "spec.color" } } }] },
    {},
    'env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.color": error converting fieldPath: field label not supported: spec.color',
  ],
  [
    { env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.labels" } } }] },
    {},
    'env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "metadata.labels": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"',
  ],
  [
    { env: [{ name: "A", valueFrom: { resourceFieldRef: { resource: "limits.cpu", divisor: "2" } } }] },
    {},
    'env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor\'s values 1m and 1 are supported with the cpu resource',
  ],
  [{ envFrom: [{}] }, {}, 'envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`'],
  [{ envFrom: [{ secretRef: {} }] }, {}, "envFrom[0].secretRef.name: Required value"],
  [{ volumeMounts: [{ name: "x", mountPath: "/x" }] }, {}, 'volumeMounts[0].name: Not found: "x"'],
  [{ volumeMounts: [{ name: "v" }] }, { volumes: [{ name: "v" }] }, "volumeMounts[0].mountPath: Required value"],
  [
    {
      volumeMounts: [
        { name: "v", mountPath: "/a" },
        { name: "v", mountPath: "/a" },
      ],
    },
    { volumes: [{ name: "v" }] },
    'volumeMounts[1].mountPath: Invalid value: "/a": must be unique',
  ],
  [
    { volumeMounts: [{ name: "v", mountPath: "/a", subPath: "../b" }] },
    { volumes: [{ name: "v" }] },
    "volumeMounts.subPath: Invalid value: \"../b\": must not contain '..'",
  ],
  [
    { volumeMounts: [{ name: "v", mountPath: "/a", mountPropagation: "Bidirectional" }] },
    { volumes: [{ name: "v" }] },
    "volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers",
  ],
  [
    { volumeDevices: [{ name: "v", devicePath: "/dev/x" }] },
    { volumes: [{ name: "v" }] },
    'volumeDevices[0].name: Invalid value: "v": can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode',
  ],
  [
    { resources: { requests: { cpu: "2" }, limits: { cpu: "500m" } } },
    {},
    'resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 500m',
  ],
  [
    { resources: { limits: { cpu: "-1" } } },
    {},
    'resources.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
  ],
  [
    { resources: { limits: { disk: "1" } } },
    {},
    'resources.limits[disk]: Invalid value: "disk": must be a standard resource type or fully qualified',
  ],
  [
    { resources: { limits: { pods: "1" } } },
    {},
    'resources.limits[pods]: Invalid value: "pods": must be a standard resource for containers',
  ],
  [
    { resources: { limits: { "example.com/gpu": "1500m" } } },
    {},
    'resources.limits[example.com/gpu]: Invalid value: "1500m": must be an integer',
  ],
  [
    { resources: { requests: { "example.com/gpu": "1" } } },
    {},
    "resources.limits: Required value: Limit must be set for non overcommitable resources",
  ],
  [
    { resources: { requests: { "example.com/gpu": "1" }, limits: { "example.com/gpu": "2" } } },
    {},
    'resources.requests: Invalid value: "1": must be equal to example.com/gpu limit of 2',
  ],
  [{ resources: { limits: { "hugepages-2Mi": "4Mi" } } }, {}, "resources: Forbidden: HugePages require cpu or memory"],
  [
    { resources: { limits: { cpu: "1", "hugepages-2Mi": "3Mi" } } },
    {},
    'resources.limits[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi',
  ],
  [
    { resources: { claims: [{ name: "gpu" }] } },
    {},
    'resources.claims[0]: Not found: "gpu": must be one of the names in pod.spec.resourceClaims which is empty',
  ],
  [{ livenessProbe: {} }, {}, "livenessProbe: Required value: must specify a handler type"],
  [
    { livenessProbe: { exec: { command: ["a"] }, tcpSocket: { port: 1 } } },
    {},
    "livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type",
  ],
  [{ livenessProbe: { exec: {} } }, {}, "livenessProbe.exec.command: Required value"],
  [
    { livenessProbe: { tcpSocket: { port: 1 }, successThreshold: 2 } },
    {},
    "livenessProbe.successThreshold: Invalid value: 2: must be 1",
  ],
  [
    { readinessProbe: { tcpSocket: { port: 0 } } },
    {},
    "readinessProbe.tcpSocket.port: Invalid value: 0: must be between 1 and 65535, inclusive",
  ],
  [
    { readinessProbe: { tcpSocket: { port: "Web" } } },
    {},
    'readinessProbe.tcpSocket.port: Invalid value: "Web": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
  ],
  [
    { readinessProbe: { tcpSocket: { port: 1 }, periodSeconds: -1 } },
    {},
    "readinessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0",
  ],
  [
    { readinessProbe: { tcpSocket: { port: 1 }, terminationGracePeriodSeconds: 5 } },
    {},
    "readinessProbe.terminationGracePeriodSeconds: Invalid value: 5: must not be set for readinessProbes",
  ],
  [
    { startupProbe: { httpGet: { port: 1, scheme: "FTP" } } },
    {},
    'startupProbe.httpGet.scheme: Unsupported value: "FTP": supported values: "HTTP", "HTTPS"',
  ],
  [
    { lifecycle: { preStop: { sleep: { seconds: 31 } } } },
    {},
    "lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)",
  ],
  [
    { securityContext: { runAsUser: -1 } },
    {},
    "securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive",
  ],
  [
    { securityContext: { procMount: "Unmasked" } },
    {},
    'securityContext.procMount: Invalid value: "Unmasked": `hostUsers` must be false to use `Unmasked`',
  ],
  [
    { securityContext: { seccompProfile: { type: "Localhost" } } },
    {},
    "securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost",
  ],
  [
    { resizePolicy: [{ resourceName: "disk", restartPolicy: "NotRequired" }] },
    {},
    'resizePolicy: Unsupported value: "disk": supported values: "cpu", "memory"',
  ],
];

for (const [container, spec, expected] of containerRules)
  test(`validation of a container: ${expected.slice(0, 80)}`, () => {
    const pod = withContainer(container, spec);
    // A limit alone is the request too, and wrong there once more.
    const found = faults((errors) => validatePod(pod, errors)).filter((it) => !it.includes(".requests["));
    assert.deepEqual(found, [`spec.containers[0].${expected}`]);
  });

const specRules: readonly [PodSpec, string][] = [
  [
    { restartPolicy: "Maybe" },
    'spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "OnFailure", "Never"',
  ],
  [
    { dnsPolicy: "X" },
    'spec.dnsPolicy: Unsupported value: "X": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"',
  ],
  [{ dnsPolicy: "None" }, "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"],
  [
    { dnsConfig: { nameservers: ["x"] } },
    'spec.dnsConfig.nameservers[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
  ],
  [
    { activeDeadlineSeconds: 0 },
    "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive",
  ],
  [{ hostname: "a.b" }, 'spec.hostname: Invalid value: "a.b": must not contain dots'],
  [{ volumes: [{ name: "a" }, { name: "a" }] }, 'spec.volumes[1].name: Duplicate value: "a"'],
  [
    { volumes: [{ name: "a", emptyDir: {}, hostPath: { path: "/" } }] },
    "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type",
  ],
  [
    { volumes: [{ name: "a", hostPath: { path: "/a/../b" } }] },
    "spec.volumes[0].hostPath.path: Invalid value: \"/a/../b\": must not contain '..'",
  ],
  [{ volumes: [{ name: "a", secret: {} }] }, "spec.volumes[0].secret.secretName: Required value"],
  [
    { volumes: [{ name: "a", configMap: { name: "c", defaultMode: 512 } }] },
    "spec.volumes[0].configMap.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive",
  ],
  [
    { volumes: [{ name: "a", configMap: { name: "c", items: [{ key: "k", path: "/p" }] } }] },
    'spec.volumes[0].configMap.items[0].path: Invalid value: "/p": must be a relative path',
  ],
  [
    { volumes: [{ name: "a", persistentVolumeClaim: {} }] },
    "spec.volumes[0].persistentVolumeClaim.claimName: Required value",
  ],
  [
    { volumes: [{ name: "a", nfs: { server: "s", path: "p" } }] },
    'spec.volumes[0].nfs.path: Invalid value: "p": must be an absolute path',
  ],
  [
    { volumes: [{ name: "a", projected: { sources: [{ secret: { name: "s" }, configMap: { name: "c" } }] } }] },
    "spec.volumes[0].projected.sources[0]: Forbidden: may not specify more than 1 volume type per source",
  ],
  [
    {
      serviceAccountName: "sa",
      volumes: [{ name: "a", projected: { sources: [{ serviceAccountToken: { path: "t", expirationSeconds: 5 } }] } }],
    },
    "spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes",
  ],
  [
    { volumes: [{ name: "a", downwardAPI: { items: [{ path: "p" }] } }] },
    "spec.volumes[0].downwardAPI: Required value: one of fieldRef and resourceFieldRef is required",
  ],
  [{ initContainers: [{ name: "main", image: "a" }] }, 'spec.initContainers[0].name: Duplicate value: "main"'],
  [
    { initContainers: [{ name: "i", image: "a", livenessProbe: { tcpSocket: { port: 1 } } }] },
    "spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always",
  ],
  [
    { ephemeralContainers: [{ name: "e", image: "a" }] },
    "spec.ephemeralContainers: Forbidden: cannot be set on create",
  ],
  [
    { tolerations: [{ operator: "Equal" }] },
    'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
  ],
  [
    { tolerations: [{ key: "a", operator: "Exists", value: "b" }] },
    "spec.tolerations[0].operator: Invalid value: \"b\": value must be empty when `operator` is 'Exists'",
  ],
  [
    { tolerations: [{ key: "a", tolerationSeconds: 1 }] },
    "spec.tolerations[0].effect: Invalid value: \"\": effect must be 'NoExecute' when `tolerationSeconds` is set",
  ],
  [
    { tolerations: [{ key: "a", effect: "X" }] },
    'spec.tolerations[0].effect: Unsupported value: "X": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
  ],
  [
    { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: {} } } },
    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term",
  ],
  [
    {
      affinity: {
        nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 101, preference: {} }] },
      },
    },
    "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 101: must be in the range 1-100",
  ],
  [
    { topologySpreadConstraints: [{ maxSkew: 0, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule" }] },
    "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
  ],
  [
    { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "Never" }] },
    'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "Never": supported values: "DoNotSchedule", "ScheduleAnyway"',
  ],
  [
    {
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "ScheduleAnyway", minDomains: 2 },
      ],
    },
    "spec.topologySpreadConstraints[0].minDomains: Invalid value: 2: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway",
  ],
  [{ schedulingGates: [{ name: "a" }, { name: "a" }] }, 'spec.schedulingGates[1]: Duplicate value: "a"'],
  [
    { nodeName: "n", schedulingGates: [{ name: "a" }] },
    "spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared",
  ],
  [
    { securityContext: { sysctls: [{ name: "A" }] } },
    'spec.securityContext.sysctls[0].name: Invalid value: "A": must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$',
  ],
  [
    { hostPID: true, shareProcessNamespace: true },
    "spec.securityContext.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled",
  ],
  [{ os: { name: "plan9" } }, 'spec.os: Unsupported value: "plan9": supported values: "linux", "windows"'],
  [{ hostUsers: false, hostNetwork: true }, "spec.hostNetwork: Forbidden: when `pod.Spec.HostUsers` is false"],
  [
    { preemptionPolicy: "Always" },
    'spec.preemptionPolicy: Unsupported value: "Always": supported values: "PreemptLowerPriority", "Never"',
  ],
];

for (const [spec, expected] of specRules)
  test(`validation of a pod: ${expected.slice(0, 90)}`, () => {
    const pod = newPod(spec);
    assert.deepEqual(
      faults((errors) => validatePod(pod, errors)),
      [expected],
    );
  });

const onlyThese =
  "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
const updates: readonly [string, PodSpec, PodSpec, string[]][] = [
  ["a new image", {}, { containers: [{ name: "main", image: "nginx:2", imagePullPolicy: "IfNotPresent" }] }, []],
  ["another command", {}, { containers: [{ name: "main", image: "nginx:1.25", command: ["x"] }] }, [onlyThese]],
  ["another node", { nodeName: "a" }, { nodeName: "b" }, [onlyThese]],
  [
    "another container",
    {},
    {
      containers: [
        { name: "main", image: "nginx:1.25" },
        { name: "b", image: "c" },
      ],
    },
    ["spec.containers: Forbidden: pod updates may not add or remove containers"],
  ],
  ["a first deadline", {}, { activeDeadlineSeconds: 5 }, []],
  [
    "a later deadline",
    { activeDeadlineSeconds: 5 },
    { activeDeadlineSeconds: 6 },
    ["spec.activeDeadlineSeconds: Invalid value: 6: must be less than or equal to previous value"],
  ],
  [
    "no deadline any more",
    { activeDeadlineSeconds: 5 },
    {},
    ["spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value"],
  ],
  ["one more toleration", {}, { tolerations: [{ key: "a", operator: "Exists" }] }, []],
  [
    "one toleration less",
    { tolerations: [{ key: "a", operator: "Exists" }] },
    {},
    ["spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds"],
  ],
  ["a gate less", { schedulingGates: [{ name: "a" }] }, {}, []],
  [
    "a gate more",
    {},
    { schedulingGates: [{ name: "a" }] },
    ["spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'a'"],
  ],
  [
    "a node selector at a gate",
    { schedulingGates: [{ name: "a" }] },
    { schedulingGates: [{ name: "a" }], nodeSelector: { a: "b" } },
    [],
  ],
  [
    "a grace period of 1 after a negative one",
    { terminationGracePeriodSeconds: -1 },
    { terminationGracePeriodSeconds: 1 },
    [],
  ],
];

for (const [name, old, now, expected] of updates)
  test(`a pod's update: ${name}`, () => {
    const [before, after] = [newPod(old, { resourceVersion: "1" }), newPod(now, { resourceVersion: "1" })];
    assert.deepEqual(
      faults((errors) => validatePodUpdate(after, before, errors)),
      expected,
    );
  });

test("a new pod is pending, whatever its client says", () => {
  const pod: Pod = { ...newPod({ schedulingGates: [{ name: "a" }] }), status: { phase: "Running" } };
  preparePodForCreate(pod);
  assert.equal(pod.status?.phase, "Pending");
  assert.equal(pod.status?.qosClass, "BestEffort");
  assert.equal(pod.status?.conditions?.[0]?.reason, "SchedulingGated");
});

test("a status update changes neither specification nor class, and makes the addresses agree", () => {
  const old: Pod = { ...newPod(), status: { phase: "Pending", qosClass: "BestEffort" } };
  const now: Pod = { ...newPod({ nodeName: "other" }), status: { phase: "Running", podIP: "10.0.0.1" } };
  strategy.prepareForStatusUpdate?.(now, old);
  assert.equal(now.spec?.nodeName, undefined);
  assert.deepEqual(now.status, {
    phase: "Running",
    qosClass: "BestEffort",
    podIP: "10.0.0.1",
    podIPs: [{ ip: "10.0.0.1" }],
    hostIPs: undefined,
  });
});

test("the grace period is the request's, else the pod's; nothing waits for a pod without node or that has ended", () => {
  const running: Pod = newPod({ nodeName: "a", terminationGracePeriodSeconds: 7 });
  const period = (pod: Pod, requested?: number) => strategy.gracePeriodSeconds?.(pod, requested);
  assert.equal(period(running), 7);
  assert.equal(period(running, 3), 3);
  assert.equal(period(running, 0), 0);
  assert.equal(period(running, -1), 1);
  assert.equal(period(newPod(), 3), 0);
  assert.equal(period({ ...running, status: { phase: "Failed" } }), 0);
});
