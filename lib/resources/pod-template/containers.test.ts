import assert from "node:assert/strict";
import { test } from "node:test";
import type { PodSpec } from "../../../gen/typernetes/core/v1/pod.ts";
import { validatePod } from "../pod/validate.ts";
import { faultsOf } from "../testing/faults.ts";
import { podWithContainer } from "../testing/new-pod.ts";

const containerRules: readonly [Parameters<typeof podWithContainer>[0], PodSpec, string][] = [
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
    { env: [{ name: "A", valueFrom: { fileKeyRef: { volumeName: "v", path: "../x", key: "A" } } }] },
    {},
    "env[0].valueFrom.fileKeyRef.path: Invalid value: \"../x\": must not contain '..'",
  ],
  [
    { env: [{ name: "A", valueFrom: { fileKeyRef: { path: "x", key: "A" } } }] },
    {},
    "env[0].valueFrom.fileKeyRef.volumeName: Required value",
  ],
  [
    { lifecycle: { stopSignal: "SIGUSR1" } },
    {},
    "lifecycle.stopSignal: Forbidden: may not be set for containers with empty `spec.os.name`",
  ],
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
    const pod = podWithContainer(container, spec);
    // A limit alone is the request too, and wrong there once more.
    const found = faultsOf((errors) => validatePod(pod, errors)).filter((it) => !it.includes(".requests["));
    assert.deepEqual(found, [`spec.containers[0].${expected}`]);
  });
