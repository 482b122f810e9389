import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod, PodSpec } from "../../../gen/typernetes/core/v1/pod.ts";
import { faultsOf } from "../testing/faults.ts";
import { newPod } from "../testing/new-pod.ts";
import { validatePod } from "./validate.ts";

const spread = { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule" };
const selectedTwice = {
  labelSelector: { matchLabels: { a: "b" }, matchExpressions: [{ key: "a", operator: "In", values: ["b"] }] },
};

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
      faultsOf((errors) => validatePod(pod, errors)),
      expected,
    ));

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
  [
    { hostnameOverride: "a.b", setHostnameAsFQDN: true },
    "spec.hostnameOverride: Forbidden: may not be specified when `setHostnameAsFQDN` is true",
  ],
  [
    { hostnameOverride: `${"a".repeat(60)}.bcde` },
    `spec.hostnameOverride: Invalid value: "${"a".repeat(60)}.bcde": must be no more than 64 characters`,
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
  [
    { topologySpreadConstraints: [{ ...spread, matchLabelKeys: ["a"] }] },
    "spec.topologySpreadConstraints[0].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set",
  ],
  [
    { topologySpreadConstraints: [{ ...spread, ...selectedTwice, matchLabelKeys: ["a"] }] },
    'spec.topologySpreadConstraints[0].matchLabelKeys[0]: Invalid value: "a": exists in both matchLabelKeys and labelSelector',
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
      faultsOf((errors) => validatePod(pod, errors)),
      [expected],
    );
  });
