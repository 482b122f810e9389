import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import type { Endpoint } from "../../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import { endpointKey } from "./desired-endpoints.ts";
import { zoneHints } from "./topology-hints.ts";
import { zoneCapacity } from "./zone-capacity.ts";

const node = (zone: string, cpu: string, { ready = "True", labels = {} } = {}): Node => ({
  metadata: { labels: { ...(zone && { "topology.kubernetes.io/zone": zone }), ...labels } },
  status: { allocatable: { cpu }, conditions: [{ type: "Ready", status: ready }] },
});

test("a zone's capacity is its part of the processors of ready nodes", () => {
  const nodes = [node("a", "4"), node("a", "2"), node("b", "2"), node("c", "8", { ready: "False" })];
  const controlPlane = node("", "4", { labels: { "node-role.kubernetes.io/control-plane": "" } });
  assert.deepEqual(
    [...zoneCapacity([...nodes, controlPlane])],
    [
      ["a", 0.75],
      ["b", 0.25],
    ],
  );
  assert.equal(zoneCapacity([...nodes, node("", "2")]).size, 0, "a node without a zone");
  assert.equal(zoneCapacity([...nodes, node("b", "0")]).size, 0, "a node without processors");
  assert.equal(zoneCapacity([node("a", "4")]).size, 0, "one zone");
});

/** `a3b1`: three endpoints in zone a, one in b; an endpoint in `-` has no zone. */
function endpointsIn(text: string): Endpoint[] {
  return [...text.matchAll(/([a-z-])(\d+)/g)].flatMap(([, zone = "", count]) =>
    Array.from({ length: Number(count) }, (_, index) => ({
      addresses: [`${zone}-${index}`],
      conditions: { ready: true },
      ...(zone !== "-" && { zone }),
    })),
  );
}

/** In the same notation, how many endpoints are for each zone. */
function divided(endpoints: Endpoint[], capacity: Record<string, number>, before = new Map<string, string>()): string {
  const hints = zoneHints(endpoints, new Map(Object.entries(capacity)), before);
  if ("fault" in hints) return hints.fault;
  const counts = new Map<string, number>();
  for (const zone of hints.zones.values()) counts.set(zone, (counts.get(zone) ?? 0) + 1);
  return [...counts]
    .sort()
    .map(([zone, count]) => `${zone}${count}`)
    .join("");
}

const divisions: [endpoints: string, capacity: Record<string, number>, outcome: string][] = [
  ["a2b2", { a: 0.5, b: 0.5 }, "a2b2"],
  ["a4b2", { a: 0.5, b: 0.5 }, "a3b3"],
  ["a6", { a: 0.5, b: 0.5 }, "a3b3"],
  ["a3b3", { a: 0.75, b: 0.25 }, "a4b2"],
  ["a5b5c1", { a: 0.4, b: 0.4, c: 0.2 }, "a4b5c2"],
  ["a1b1", { a: 0.4, b: 0.4, c: 0.2 }, "Insufficient number of endpoints (2 endpoints, 3 zones)"],
  [
    "a2b1",
    { a: 0.5, b: 0.5 },
    "Unable to allocate minimum required endpoints to each zone without exceeding overload threshold (3 endpoints, 2 zones)",
  ],
  ["a3-1", { a: 0.5, b: 0.5 }, "One or more endpoints do not have a zone specified"],
  ["a4", {}, "Insufficient Node information: allocatable CPU or zone not specified on one or more nodes"],
];
for (const [endpoints, capacity, outcome] of divisions)
  test(`endpoints ${endpoints} in zones ${JSON.stringify(capacity)} are divided: ${outcome}`, () => {
    assert.equal(divided(endpointsIn(endpoints), capacity), outcome);
  });

test("endpoints that are not ready are not counted and get no hint", () => {
  const endpoints = [...endpointsIn("a2b2"), { addresses: ["x"], zone: "a", conditions: { ready: false } }];
  assert.equal(divided(endpoints, { a: 0.5, b: 0.5 }), "a2b2");
});

test("an endpoint that was given to another zone is given to it again", () => {
  const endpoints = endpointsIn("a4");
  const capacity = new Map([
    ["a", 0.75],
    ["b", 0.25],
  ]);
  const chosen = endpointKey(endpoints[1] ?? {});
  const hints = zoneHints(endpoints, capacity, new Map([[chosen, "b"]]));
  assert.ok("zones" in hints);
  assert.equal(hints.zones.get(chosen), "b");
});
