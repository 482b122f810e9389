import assert from "node:assert/strict";
import { test } from "node:test";
import { newPod } from "../testing/new-pod.ts";
import { defaultPod } from "./defaults.ts";

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
        resizePolicy: [{ resourceName: "cpu", restartPolicy: "NotRequired" }],
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

test("what a container says of a resize stays", () => {
  const policy = { resourceName: "memory", restartPolicy: "RestartContainer" };
  const container = {
    name: "main",
    image: "a",
    resizePolicy: [policy],
    resources: { requests: { cpu: "1", memory: "1" } },
  };
  assert.deepEqual(newPod({ containers: [container] }).spec?.containers?.[0]?.resizePolicy, [
    policy,
    { resourceName: "cpu", restartPolicy: "NotRequired" },
  ]);
});
