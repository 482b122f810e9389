import assert from "node:assert/strict";
import { test } from "node:test";
import type { Service, ServiceSpec } from "../../gen/typernetes/core/v1/service.ts";
import type { EndpointSlice, Endpoint as SliceEndpoint } from "../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import { buildServiceTable, healthCheckOf } from "./service-table.ts";

const base = { id: "default/web:80", protocol: "TCP", port: 80, addresses: ["10.96.0.1"] };
const a = { ip: "10.0.0.1", port: 8080 };
const b = { ip: "10.0.0.2", port: 8080 };

function service(spec: ServiceSpec = {}, more: Service = {}): Service {
  const ports = [{ port: 80, protocol: "TCP", targetPort: 8080 }];
  return {
    metadata: { namespace: "default", name: "web" },
    spec: { type: "ClusterIP", clusterIP: "10.96.0.1", clusterIPs: ["10.96.0.1"], ports, ...spec },
    ...more,
  };
}

function slice(endpoints: SliceEndpoint[], more: EndpointSlice = {}): EndpointSlice {
  const labels = { "kubernetes.io/service-name": "web" };
  return {
    metadata: { namespace: "default", name: "web-1", labels },
    addressType: "IPv4",
    ports: [{ name: "", protocol: "TCP", port: 8080 }],
    endpoints,
    ...more,
  };
}

function at(ip: string, more: SliceEndpoint = {}): SliceEndpoint {
  return { addresses: [ip], conditions: { ready: true, serving: true, terminating: false }, ...more };
}

const draining = { ready: false, serving: true, terminating: true };
const notReady = { ready: false, serving: false, terminating: false };
const local = { nodeName: "here" };
const remote = { nodeName: "there" };
const forHere = { hints: { forNodes: [{ name: "here" }] } };
const forZone = (name: string): SliceEndpoint => ({ hints: { forZones: [{ name }] } });
/** Gives an endpoint that has hints for zones only one for another node as well. */
const withNodes = (endpoint: SliceEndpoint): SliceEndpoint => ({
  ...endpoint,
  hints: { forNodes: [{ name: "there" }], ...endpoint.hints },
});

const cases: { name: string; services?: Service[]; slices?: EndpointSlice[]; ports: unknown[] }[] = [
  { name: "without endpoints", slices: [], ports: [{ ...base, endpoints: [] }] },
  { name: "ready endpoints", slices: [slice([at(a.ip), at(b.ip)])], ports: [{ ...base, endpoints: [a, b] }] },
  { name: "readiness unknown", slices: [slice([{ addresses: [a.ip] }])], ports: [{ ...base, endpoints: [a] }] },
  {
    name: "endpoints that are not ready get nothing",
    slices: [slice([at(a.ip, { conditions: notReady }), at(b.ip)])],
    ports: [{ ...base, endpoints: [b] }],
  },
  {
    name: "draining endpoints get nothing while others are ready",
    slices: [slice([at(a.ip, { conditions: draining }), at(b.ip)])],
    ports: [{ ...base, endpoints: [b] }],
  },
  {
    name: "draining endpoints serve when none is ready",
    slices: [slice([at(a.ip, { conditions: draining }), at(b.ip, { conditions: notReady })])],
    ports: [{ ...base, endpoints: [a] }],
  },
  {
    name: "hints for this node come before hints for its zone",
    slices: [slice([at(a.ip, forHere), at(b.ip, forZone("a"))].map(withNodes))],
    ports: [{ ...base, endpoints: [a] }],
  },
  {
    name: "hints for the zone of this node",
    slices: [slice([at(a.ip, forZone("b")), at(b.ip, forZone("a"))])],
    ports: [{ ...base, endpoints: [b] }],
  },
  {
    name: "hints are ignored where one ready endpoint has none",
    slices: [slice([at(a.ip), at(b.ip, forZone("a"))])],
    ports: [{ ...base, endpoints: [a, b] }],
  },
  {
    name: "hints are ignored where none is for here",
    slices: [slice([at(a.ip, forZone("b")), at(b.ip, forZone("c"))])],
    ports: [{ ...base, endpoints: [a, b] }],
  },
  {
    name: "slices are joined in order of their names, each endpoint once, the ready one of two",
    slices: [
      slice([at(b.ip), at(a.ip)], { metadata: { ...slice([]).metadata, name: "web-2" } }),
      slice([at(a.ip, { conditions: notReady })]),
    ],
    ports: [{ ...base, endpoints: [a, b] }],
  },
  {
    name: "slices of other services, of none, with names for addresses and with malformed addresses are left out",
    slices: [
      slice([at(a.ip)], { metadata: { namespace: "other", labels: { "kubernetes.io/service-name": "web" } } }),
      slice([at(a.ip)], { metadata: { namespace: "default" } }),
      slice([at("example.com")], { addressType: "FQDN" }),
      slice([at("10.0.0.300"), { addresses: [] }]),
    ],
    ports: [{ ...base, endpoints: [] }],
  },
  {
    name: "ports find their endpoints by name and protocol",
    services: [
      service({
        ports: [
          { name: "dns", port: 53, protocol: "UDP" },
          { name: "dns-tcp", port: 53, protocol: "TCP" },
          { name: "other", port: 54 },
        ],
      }),
    ],
    slices: [
      slice([at(a.ip)], {
        ports: [
          { name: "dns", protocol: "UDP", port: 8080 },
          { name: "dns-tcp", protocol: "TCP", port: 8081 },
          { name: "other", protocol: "UDP", port: 8082 },
        ],
      }),
    ],
    ports: [
      { ...base, id: "default/web:dns", protocol: "UDP", port: 53, endpoints: [a] },
      { ...base, id: "default/web:dns-tcp", port: 53, endpoints: [{ ...a, port: 8081 }] },
      { ...base, id: "default/web:other", port: 54, endpoints: [] },
    ],
  },
  {
    name: "headless services are not balanced",
    services: [service({ clusterIP: "None", clusterIPs: ["None"] })],
    ports: [],
  },
  {
    name: "services without an address yet are not balanced",
    services: [service({ clusterIP: "", clusterIPs: [] })],
    ports: [],
  },
  { name: "external names are not balanced", services: [service({ type: "ExternalName" })], ports: [] },
  {
    name: "services of another proxy are left to it",
    services: [
      service(
        {},
        {
          metadata: { namespace: "default", name: "web", labels: { "service.kubernetes.io/service-proxy-name": "x" } },
        },
      ),
    ],
    ports: [],
  },
  {
    name: "affinity has Kubernetes' default of three hours",
    services: [service({ sessionAffinity: "ClientIP" })],
    ports: [{ ...base, affinitySeconds: 10_800, endpoints: [] }],
  },
  {
    name: "affinity with a time of its own",
    services: [service({ sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } } })],
    ports: [{ ...base, affinitySeconds: 60, endpoints: [] }],
  },
  {
    name: "both families",
    services: [service({ clusterIPs: ["10.96.0.1", "fd00::1"] })],
    slices: [slice([at(a.ip)]), slice([at("fd00:1::1")], { addressType: "IPv6" })],
    ports: [
      { ...base, endpoints: [a] },
      { ...base, addresses: ["fd00::1"], endpoints: [{ ip: "fd00:1::1", port: 8080 }] },
    ],
  },
  {
    name: "endpoints of a family that are draining are used while those of the other are ready",
    services: [
      service({ clusterIPs: ["10.96.0.1", "fd00::1"], type: "NodePort", ports: [{ port: 80, nodePort: 30_080 }] }),
    ],
    slices: [slice([at(a.ip)]), slice([at("fd00:1::1", { conditions: draining })], { addressType: "IPv6" })],
    ports: [
      { ...base, nodePort: 30_080, endpoints: [a] },
      { ...base, nodePort: 30_080, addresses: ["fd00::1"], endpoints: [{ ip: "fd00:1::1", port: 8080 }] },
    ],
  },
  {
    name: "external addresses of a family that the service does not have are left out",
    services: [service({ externalIPs: ["192.0.2.1", "2001:db8::1"] })],
    slices: [slice([at(a.ip)])],
    ports: [{ ...base, externalAddresses: ["192.0.2.1"], endpoints: [a] }],
  },
  {
    name: "node port",
    services: [
      service({ type: "NodePort", externalTrafficPolicy: "Cluster", ports: [{ port: 80, nodePort: 30_080 }] }),
    ],
    slices: [slice([at(a.ip, local), at(b.ip, remote)])],
    ports: [{ ...base, nodePort: 30_080, endpoints: [a, b] }],
  },
  {
    name: "node port that keeps to the node's own endpoints",
    services: [service({ type: "NodePort", externalTrafficPolicy: "Local", ports: [{ port: 80, nodePort: 30_080 }] })],
    slices: [slice([at(a.ip, local), at(b.ip, remote)])],
    ports: [{ ...base, nodePort: 30_080, endpoints: [a, b], externalEndpoints: [a] }],
  },
  {
    name: "the node's own draining endpoints serve the outside when no other of its own is ready",
    services: [service({ type: "NodePort", externalTrafficPolicy: "Local", ports: [{ port: 80, nodePort: 30_080 }] })],
    slices: [slice([at(a.ip, { ...local, conditions: draining }), at(b.ip, remote)])],
    ports: [{ ...base, nodePort: 30_080, endpoints: [b], externalEndpoints: [a] }],
  },
  {
    name: "source ranges are about load balancer addresses only",
    services: [
      service(
        { type: "LoadBalancer", externalIPs: ["203.0.113.1"], loadBalancerSourceRanges: [" 198.51.100.0/24"] },
        { status: { loadBalancer: { ingress: [{ ip: "203.0.113.2" }] } } },
      ),
    ],
    slices: [slice([at(a.ip)])],
    ports: [
      { ...base, externalAddresses: ["203.0.113.1"], endpoints: [a] },
      {
        ...base,
        addresses: [],
        externalAddresses: ["203.0.113.2"],
        sourceRanges: ["198.51.100.0/24"],
        endpoints: [a],
      },
    ],
  },
  {
    name: "load balancer addresses and external IPs are reached from outside",
    services: [
      service(
        { type: "LoadBalancer", externalIPs: ["203.0.113.1", "bad"] },
        {
          status: {
            loadBalancer: {
              ingress: [{ ip: "203.0.113.2" }, { hostname: "lb" }, { ip: "203.0.113.3", ipMode: "Proxy" }],
            },
          },
        },
      ),
    ],
    slices: [slice([at(a.ip)])],
    ports: [{ ...base, externalAddresses: ["203.0.113.1", "203.0.113.2"], endpoints: [a] }],
  },
  {
    name: "inside traffic that keeps to the node's own endpoints",
    services: [service({ internalTrafficPolicy: "Local" })],
    slices: [slice([at(a.ip, remote), at(b.ip, local)])],
    ports: [{ ...base, endpoints: [b] }],
  },
  {
    name: "inside traffic keeps to the node, outside traffic goes everywhere",
    services: [service({ type: "NodePort", internalTrafficPolicy: "Local", ports: [{ port: 80, nodePort: 30_080 }] })],
    slices: [slice([at(a.ip, remote), at(b.ip, local)])],
    ports: [
      { ...base, endpoints: [b] },
      { ...base, addresses: [], nodePort: 30_080, nodePortFamilies: [4], endpoints: [a, b] },
    ],
  },
];

for (const { name, services = [service()], slices = [], ports } of cases) {
  test(`service table: ${name}`, () => {
    assert.deepEqual(buildServiceTable(services, slices, { name: "here", zone: "a" }).ports, ports);
  });
}

test("a health check port counts the node's ready endpoints, each once for all ports", () => {
  const spec = { type: "LoadBalancer", externalTrafficPolicy: "Local", healthCheckNodePort: 31_999 };
  const own = slice([at(a.ip, local), at(b.ip, { ...local, conditions: draining }), at("10.0.0.3", remote)]);
  const check = { namespace: "default", name: "web", port: 31_999, localEndpoints: 1 };
  assert.deepEqual(healthCheckOf(service(spec), [own], { name: "here" }), check);
  assert.deepEqual(healthCheckOf(service(spec), [own], { name: "nowhere" }), { ...check, localEndpoints: 0 });
  assert.equal(
    healthCheckOf(service({ ...spec, externalTrafficPolicy: "Cluster" }), [own], { name: "here" }),
    undefined,
  );
});

test("endpoints of nodes that share the proxy's network are local", () => {
  const node = { name: "elsewhere", sharing: new Set(["here"]) };
  const slices = [slice([at(a.ip, local), at(b.ip, remote)])];
  const ports = buildServiceTable([service({ internalTrafficPolicy: "Local" })], slices, node).ports;
  assert.deepEqual(
    ports.map(({ endpoints }) => endpoints),
    [[a]],
  );
});
