import assert from "node:assert/strict";
import { test } from "node:test";
import type { Container, PodSpec } from "../../../gen/typernetes/core/v1/pod.ts";
import { unsupportedFields } from "./unsupported.ts";

const plain: Container = {
  name: "main",
  image: "host",
  env: [{ name: "A", value: "b" }],
  resources: { limits: { cpu: "1" } },
  livenessProbe: { httpGet: { port: 80 } },
  securityContext: { seccompProfile: { type: "RuntimeDefault" }, procMount: "Default" },
  volumeMounts: [{ name: "v", mountPath: "/v", mountPropagation: "None" }],
};

const table: [what: string, spec: PodSpec, paths: string[]][] = [
  ["a plain pod", { containers: [plain], initContainers: [plain] }, []],
  ["empty lists", { containers: [plain], hostAliases: [], ephemeralContainers: [], resourceClaims: [] }, []],
  ["what is switched off", { containers: [plain], hostPID: false, hostUsers: true, hostNetwork: true }, []],
  [
    "volumes that are known",
    {
      volumes: [
        { name: "a", emptyDir: {} },
        { name: "b", configMap: { name: "c" } },
        { name: "d", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
        { name: "e", hostPath: { path: "/" } },
      ],
    },
    [],
  ],
  ["a foreign volume", { volumes: [{ name: "a", nfs: { path: "/" } }] }, ["spec.volumes[0].nfs"]],
  ["host namespaces", { hostPID: true, hostIPC: true }, []],
  ["user namespaces", { hostUsers: false }, []],
  ["another system", { os: { name: "windows" } }, ["spec.os"]],
  ["a sidecar", { initContainers: [{ restartPolicy: "Always" }] }, []],
];

for (const [what, spec, paths] of table)
  test(`unsupported fields: ${what}`, () => assert.deepEqual(unsupportedFields({ spec }), paths));
