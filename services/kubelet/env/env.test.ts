import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import { expandVariables } from "./expand-variables.ts";
import { fieldValue } from "./field-reference.ts";
import { resourceValue } from "./resource-reference.ts";
import { serviceEnv } from "./service-env.ts";

const expansions: [text: string, expanded: string][] = [
  ["plain", "plain"],
  ["$(A)", "one"],
  ["$(A)$(B)", "onetwo"],
  ["x-$(A)-$(NOBODY)-y", "x-one-$(NOBODY)-y"],
  ["$$(A)", "$(A)"],
  ["$$$(A)", "$one"],
  ["$$$$(A)", "$$(A)"],
  ["$A {A} $", "$A {A} $"],
  ["$(A", "$(A"],
  ["$()", "$()"],
  ["$(EMPTY)", ""],
  ["$(LOOP)", "$(A)"],
  ["$(a.b-c)", "dotted"],
];
const values = new Map([
  ["A", "one"],
  ["B", "two"],
  ["EMPTY", ""],
  ["LOOP", "$(A)"],
  ["a.b-c", "dotted"],
]);
for (const [text, expanded] of expansions)
  test(`expansion of ${text}`, () => assert.equal(expandVariables(text, values), expanded));

function service(name: string, spec: Service["spec"]): Service {
  return { metadata: { namespace: "default", name }, spec };
}

test("a service is told by host, by port and by link, with the names of its ports", () => {
  const ports = [
    { name: "http-web", port: 80, protocol: "TCP" },
    { name: "dns", port: 53, protocol: "UDP" },
  ];
  assert.deepEqual(Object.fromEntries(serviceEnv([service("my-web", { clusterIP: "10.0.0.1", ports })])), {
    MY_WEB_SERVICE_HOST: "10.0.0.1",
    MY_WEB_SERVICE_PORT: "80",
    MY_WEB_SERVICE_PORT_HTTP_WEB: "80",
    MY_WEB_SERVICE_PORT_DNS: "53",
    MY_WEB_PORT: "tcp://10.0.0.1:80",
    MY_WEB_PORT_80_TCP: "tcp://10.0.0.1:80",
    MY_WEB_PORT_80_TCP_PROTO: "tcp",
    MY_WEB_PORT_80_TCP_PORT: "80",
    MY_WEB_PORT_80_TCP_ADDR: "10.0.0.1",
    MY_WEB_PORT_53_UDP: "udp://10.0.0.1:53",
    MY_WEB_PORT_53_UDP_PROTO: "udp",
    MY_WEB_PORT_53_UDP_PORT: "53",
    MY_WEB_PORT_53_UDP_ADDR: "10.0.0.1",
  });
});

test("services without an address of their own are not told of; IPv6 addresses are bracketed in links", () => {
  const ports = [{ port: 1 }];
  const without = [
    service("headless", { clusterIP: "None", ports }),
    service("external", { type: "ExternalName", clusterIP: "10.0.0.1", ports }),
    service("early", { ports }),
  ];
  assert.equal(serviceEnv(without).size, 0);
  assert.equal(serviceEnv([service("six", { clusterIP: "fd00::1", ports })]).get("SIX_PORT"), "tcp://[fd00::1]:1");
});

const pod: Pod = {
  metadata: {
    namespace: "default",
    name: "web",
    uid: "u-1",
    labels: { app: "web", "a/b": "c" },
    annotations: { note: "x" },
  },
  spec: {
    nodeName: "node-1",
    serviceAccountName: "robot",
    containers: [
      { name: "main", resources: { limits: { cpu: "1500m", memory: "100Mi" }, requests: { cpu: "250m" } } },
      { name: "free" },
    ],
    initContainers: [{ name: "init", resources: { limits: { memory: "1Gi" } } }],
  },
};
const place = { podIPs: ["10.0.0.7", "fd00::7"], hostIP: "192.168.0.1" };

const fields: [path: string, value: string][] = [
  ["metadata.name", "web"],
  ["metadata.namespace", "default"],
  ["metadata.uid", "u-1"],
  ["metadata.labels['app']", "web"],
  ["metadata.labels['a/b']", "c"],
  ["metadata.labels['none']", ""],
  ["metadata.annotations['note']", "x"],
  ["spec.nodeName", "node-1"],
  ["spec.serviceAccountName", "robot"],
  ["status.hostIP", "192.168.0.1"],
  ["status.hostIPs", "192.168.0.1"],
  ["status.podIP", "10.0.0.7"],
  ["status.podIPs", "10.0.0.7,fd00::7"],
];
for (const [path, value] of fields) test(`field ${path}`, () => assert.equal(fieldValue(pod, path, place), value));

test("a field that is none of these is refused", () => {
  assert.throws(() => fieldValue(pod, "spec.containers", place), { name: "ConfigError" });
});

const whole = { cpu: "4", memory: "8Gi", "ephemeral-storage": "90Gi", "hugepages-2Mi": "4Mi" };
const resources: [container: string, resource: string, divisor: string | undefined, value: string][] = [
  ["main", "limits.cpu", undefined, "2"],
  ["main", "limits.cpu", "0", "2"],
  ["main", "limits.cpu", "1m", "1500"],
  ["main", "requests.cpu", "100m", "3"],
  ["main", "limits.memory", undefined, "104857600"],
  ["main", "limits.memory", "1Mi", "100"],
  ["main", "requests.memory", undefined, "0"],
  ["init", "limits.memory", "1Gi", "1"],
  ["free", "limits.cpu", undefined, "4"],
  ["free", "limits.memory", "1Gi", "8"],
  ["free", "limits.ephemeral-storage", "1Gi", "90"],
  ["free", "limits.hugepages-2Mi", undefined, "0"],
  ["free", "requests.ephemeral-storage", undefined, "0"],
];
for (const [containerName, resource, divisor, value] of resources) {
  test(`resource ${resource} of ${containerName} by ${divisor}`, () => {
    const selector = { containerName, resource, ...(divisor !== undefined && { divisor }) };
    assert.equal(resourceValue(pod, "other", selector, whole), value);
  });
}
