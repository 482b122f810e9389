import assert from "node:assert/strict";
import { test } from "node:test";
import type { Endpoint, EndpointSlice } from "../../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import { type EndpointGroup, endpointKey, portsKey } from "./desired-endpoints.ts";
import { planSlices } from "./plan-slices.ts";

const ports = [{ name: "", protocol: "TCP", port: 80 }];

function endpoint(index: number): Endpoint {
  return { addresses: [`10.0.${index >> 8}.${index & 255}`], targetRef: { uid: `pod-${index}` } };
}

function endpoints(from: number, to: number): Endpoint[] {
  return Array.from({ length: to - from }, (_, index) => endpoint(from + index));
}

function slice(name: string, content: Endpoint[], of = ports): EndpointSlice {
  return { metadata: { name, uid: name }, ports: of, endpoints: content };
}

function group(content: Endpoint[], of = ports): Map<string, EndpointGroup> {
  const byKey = new Map(content.map((each) => [endpointKey(each), each]));
  return new Map([[portsKey(of), { ports: of, endpoints: byKey }]]);
}

function summary(existing: EndpointSlice[], groups: Map<string, EndpointGroup>) {
  const { create, update, remove } = planSlices(existing, groups);
  return {
    create: create.map((each) => each.endpoints.length),
    update: update.map((each) => [each.metadata?.name, each.endpoints?.length]),
    remove: remove.map((each) => each.metadata?.name),
  };
}

test("fills slices of a hundred", () => {
  assert.deepEqual(summary([], group(endpoints(0, 250))), { create: [100, 100, 50], update: [], remove: [] });
});

test("nothing changes when everything stands", () => {
  const existing = [slice("a", endpoints(0, 100)), slice("b", endpoints(100, 150))];
  assert.deepEqual(summary(existing, group(endpoints(0, 150))), { create: [], update: [], remove: [] });
});

test("new endpoints fill the slice that changes anyway", () => {
  const existing = [slice("a", endpoints(0, 50)), slice("b", endpoints(50, 100))];
  const wanted = [...endpoints(0, 50), ...endpoints(51, 100), endpoint(200)];
  assert.deepEqual(summary(existing, group(wanted)), { create: [], update: [["b", 50]], remove: [] });
});

test("slices that become empty go", () => {
  const existing = [slice("a", endpoints(0, 2)), slice("b", endpoints(2, 4))];
  assert.deepEqual(summary(existing, group(endpoints(0, 2))), { create: [], update: [], remove: ["b"] });
});

test("a service without endpoints has one empty slice", () => {
  assert.deepEqual(summary([], new Map()), { create: [0], update: [], remove: [] });
  const existing = [slice("a", [], []), slice("b", [], [])];
  assert.deepEqual(summary(existing, new Map()), { create: [], update: [], remove: ["b"] });
});

test("slices with other ports are replaced", () => {
  const existing = [slice("old", endpoints(0, 2), [{ name: "", protocol: "TCP", port: 81 }])];
  assert.deepEqual(summary(existing, group(endpoints(0, 2))), { create: [2], update: [], remove: ["old"] });
});

test("pods that share an address are different endpoints", () => {
  const shared = [1, 2].map((uid) => ({ addresses: ["192.168.0.1"], targetRef: { uid: `pod-${uid}` } }));
  assert.deepEqual(summary([], group(shared)), { create: [2], update: [], remove: [] });
});
