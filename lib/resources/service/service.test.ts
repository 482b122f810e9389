import assert from "node:assert/strict";
import { test } from "node:test";
import type { Service, ServiceSpec } from "../../../gen/typernetes/core/v1/service.ts";
import { createFaults, printed, updateFaults } from "../testing/faults.ts";
import { service as strategy } from "./strategy.ts";

function newService(spec: ServiceSpec = {}): Service {
  return {
    metadata: { name: "web", creationTimestamp: "2025-01-01T00:00:00Z" },
    spec: { ports: [{ port: 80 }], selector: { app: "web" }, ...spec },
  };
}

test("a service gets the defaults of Kubernetes", () => {
  const service = newService({ type: "NodePort", sessionAffinity: "ClientIP" });
  strategy.defaults?.(service);
  assert.deepEqual(service.spec, {
    type: "NodePort",
    ports: [{ port: 80, protocol: "TCP", targetPort: 80 }],
    selector: { app: "web" },
    sessionAffinity: "ClientIP",
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } },
    externalTrafficPolicy: "Cluster",
    internalTrafficPolicy: "Cluster",
  });
});

const rules: readonly [ServiceSpec, string[]][] = [
  [{}, []],
  [{ clusterIP: "None", ports: undefined }, []],
  [{ ports: [] }, ["spec.ports: Required value"]],
  [
    { type: "Magic" },
    [
      'spec.type: Unsupported value: "Magic": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ],
  ],
  [
    { ports: [{ port: 0, targetPort: 1 }] },
    ["spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive"],
  ],
  [
    { ports: [{ port: 80, protocol: "X" }] },
    ['spec.ports[0].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"'],
  ],
  [{ ports: [{ port: 1 }, { port: 2, name: "b" }] }, ["spec.ports[0].name: Required value"]],
  [
    {
      ports: [
        { port: 1, name: "a" },
        { port: 2, name: "a" },
      ],
    },
    ['spec.ports[1].name: Duplicate value: "a"'],
  ],
  [
    {
      ports: [
        { port: 1, name: "a" },
        { port: 1, name: "b" },
      ],
    },
    ['spec.ports[1]: Duplicate value: {"protocol":"TCP","port":1}'],
  ],
  [
    { ports: [{ port: 80, nodePort: 30000 }] },
    ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
  ],
  [
    {
      type: "NodePort",
      ports: [
        { port: 1, name: "a", nodePort: 30000 },
        { port: 2, name: "b", nodePort: 30000 },
      ],
    },
    ["spec.ports[1].nodePort: Duplicate value: 30000"],
  ],
  [
    { sessionAffinity: "Always" },
    ['spec.sessionAffinity: Unsupported value: "Always": supported values: "ClientIP", "None"'],
  ],
  [
    { sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: 0 } } },
    [
      "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 0: must be greater than 0 and less than 86400",
    ],
  ],
  [{ type: "ExternalName" }, ["spec.externalName: Required value"]],
  [
    { type: "ExternalName", externalName: "a.b", ipFamilies: ["IPv4"] },
    ["spec.ipFamilies: Forbidden: may not be set for ExternalName services"],
  ],
  [
    { type: "NodePort", clusterIP: "None" },
    ["spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort services"],
  ],
  [
    { clusterIP: "10.0.0.1", clusterIPs: ["10.0.0.2"] },
    ['spec.clusterIPs: Invalid value: ["10.0.0.2"]: first value must match `clusterIP`'],
  ],
  [
    { clusterIP: "x" },
    ['spec.clusterIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
  ],
  [{ ipFamilies: ["IPv5"] }, ['spec.ipFamilies[0]: Unsupported value: "IPv5": supported values: "IPv4", "IPv6"']],
  [
    { clusterIP: "::1", ipFamilies: ["IPv4"] },
    ['spec.clusterIPs[0]: Invalid value: "::1": expected an IPv4 value as indicated by `ipFamilies[0]`'],
  ],
  [
    { externalIPs: ["127.0.0.1"] },
    ['spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  ],
  [
    { externalTrafficPolicy: "Local" },
    ['spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services'],
  ],
  [
    { internalTrafficPolicy: "X" },
    ['spec.internalTrafficPolicy: Unsupported value: "X": supported values: "Cluster", "Local"'],
  ],
  [
    { loadBalancerSourceRanges: ["10.0.0.0/8"] },
    ["spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'"],
  ],
  [{ loadBalancerClass: "a/b" }, ["spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'"]],
  [
    { healthCheckNodePort: 30000 },
    [
      "spec.healthCheckNodePort: Invalid value: 30000: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
    ],
  ],
  [
    { trafficDistribution: "X" },
    [
      'spec.trafficDistribution: Unsupported value: "X": supported values: "PreferClose", "PreferSameNode", "PreferSameZone"',
    ],
  ],
];

for (const [spec, expected] of rules)
  test(`validation of a service: ${expected[0] ?? JSON.stringify(spec)}`, () => {
    assert.deepEqual(createFaults(strategy, newService(spec)), expected);
  });

const allocated = {
  clusterIP: "10.0.0.1",
  clusterIPs: ["10.0.0.1"],
  ipFamilies: ["IPv4"],
  ipFamilyPolicy: "SingleStack",
};

test("an update keeps what was allocated", () => {
  const old = newService({ ...allocated, type: "NodePort", ports: [{ port: 80, nodePort: 30080 }] });
  const now = newService({ type: "NodePort", ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" });
  assert.deepEqual(updateFaults(strategy, now, old), []);
  assert.equal(now.spec?.clusterIP, "10.0.0.1");
  assert.deepEqual(now.spec?.clusterIPs, ["10.0.0.1"]);
  assert.equal(now.spec?.ports?.[0]?.nodePort, 30080);
});

test("a change of type drops what only the former type had", () => {
  const old = newService({ ...allocated, type: "NodePort", ports: [{ port: 80, nodePort: 30080 }] });
  const now = newService({
    ...allocated,
    type: "ClusterIP",
    ports: [{ port: 80, nodePort: 30080 }],
    externalTrafficPolicy: "Cluster",
  });
  assert.deepEqual(updateFaults(strategy, now, old), []);
  assert.equal(now.spec?.ports?.[0]?.nodePort, undefined);
  assert.equal(now.spec?.externalTrafficPolicy, undefined);
});

test("the address of a service may not change", () => {
  const now = newService({ ...allocated, clusterIP: "10.0.0.2", clusterIPs: ["10.0.0.2"] });
  assert.deepEqual(updateFaults(strategy, now, newService(allocated)), [
    'spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set',
  ]);
});

const now = Date.parse("2025-01-01T00:05:00Z");
const tables: readonly [Service, string][] = [
  [
    newService({ type: "ClusterIP", clusterIP: "10.0.0.1", ports: [{ port: 80, protocol: "TCP" }] }),
    "Type=ClusterIP Cluster-IP=10.0.0.1 External-IP=<none> Port(s)=80/TCP Age=5m | Selector=app=web",
  ],
  [
    newService({ type: "NodePort", clusterIP: "10.0.0.1", ports: [{ port: 80, nodePort: 30080, protocol: "TCP" }] }),
    "Type=NodePort Cluster-IP=10.0.0.1 External-IP=<none> Port(s)=80:30080/TCP Age=5m | Selector=app=web",
  ],
  [
    newService({ type: "LoadBalancer", ports: [], selector: undefined }),
    "Type=LoadBalancer Cluster-IP=<none> External-IP=<pending> Port(s)=<none> Age=5m | Selector=<none>",
  ],
  [
    {
      ...newService({ type: "LoadBalancer", externalIPs: ["1.1.1.1"], ports: [] }),
      status: { loadBalancer: { ingress: [{ ip: "2.2.2.2" }, { hostname: "a" }] } },
    },
    "Type=LoadBalancer Cluster-IP=<none> External-IP=2.2.2.2,a,1.1.1.1 Port(s)=<none> Age=5m | Selector=app=web",
  ],
  [
    newService({ type: "ExternalName", externalName: "db.example.com", ports: [] }),
    "Type=ExternalName Cluster-IP=<none> External-IP=db.example.com Port(s)=<none> Age=5m | Selector=app=web",
  ],
];

for (const [service, expected] of tables)
  test(`a ${service.spec?.type} service is printed`, () => assert.equal(printed(strategy, service, now), expected));
