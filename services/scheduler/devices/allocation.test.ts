import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeviceClass } from "../../../gen/typernetes/resource/v1/device_class.ts";
import type { DeviceClaim, ResourceClaim } from "../../../gen/typernetes/resource/v1/resource_claim.ts";
import type { ResourceSlice } from "../../../gen/typernetes/resource/v1/resource_slice.ts";
import { deviceClaim, deviceClass, devicesWith, driver, exact, nodeSlice, oneRequest } from "../testing/devices.ts";
import { allocationResult } from "./allocation-result.ts";
import { findDevices } from "./allocation-search.ts";
import { DeviceCatalog } from "./device-catalog.ts";

const node = { name: "n", labels: { zone: "a" } };
const models = devicesWith("model", { d0: "small", d1: "large", d2: "large" });
const isLarge = `device.attributes["${driver}"].model == "large"`;
const selectors = (expression: string) => [{ cel: { expression } }];

interface Offer {
  slices?: ResourceSlice[];
  classes?: DeviceClass[];
  taken?: ResourceClaim[];
}

/** What claims get on the node: the devices of each request by name; nothing when they cannot be had. */
function given(claims: readonly DeviceClaim[], { slices, classes, taken }: Offer = {}): string[] | undefined {
  const catalog = catalogOf({ slices, classes, taken });
  const found = findDevices(
    claims.map((devices, index) => deviceClaim(`c${index}`, devices)),
    node,
    catalog,
  );
  return found?.flatMap(({ given: requests }) =>
    requests.map(({ wish, devices }) => `${wish.name}: ${devices.map(({ device }) => device.name).join(" ")}`),
  );
}

function catalogOf({ slices = [nodeSlice("n", models)], classes = [deviceClass("gpu")], taken = [] }: Offer) {
  const catalog = new DeviceCatalog();
  for (const each of classes) catalog.classes.set(each.metadata?.name ?? "", each);
  for (const slice of slices) catalog.pools.put(slice);
  for (const claim of taken) catalog.putClaim(claim);
  return catalog;
}

function holding(device: string, changes: object = {}): ResourceClaim {
  const results = [{ request: "r", driver, pool: "n", device, ...changes }];
  return { ...deviceClaim(`holder-of-${device}`), status: { allocation: { devices: { results } } } };
}

const two = [
  { name: "a", exactly: exact() },
  { name: "b", exactly: exact() },
];
const twoSlices = (second: object = {}) => [
  nodeSlice("n", devicesWith("model", { d0: "x" }), { pool: { name: "n", generation: 1, resourceSliceCount: 2 } }),
  {
    metadata: { name: "second" },
    spec: {
      ...nodeSlice("n", devicesWith("model", { d1: "x" })).spec,
      pool: { name: "n", generation: 1, resourceSliceCount: 2 },
      ...second,
    },
  },
];

const cases: [name: string, claims: DeviceClaim[], offer: Offer, expected: string[] | undefined][] = [
  ["the first device", [oneRequest()], {}, ["r: d0"]],
  ["as many as are counted", [oneRequest({ count: 2 })], {}, ["r: d0 d1"]],
  ["nothing when there are too few", [oneRequest({ count: 4 })], {}, undefined],
  ["only what is selected", [oneRequest({ selectors: selectors(isLarge) })], {}, ["r: d1"]],
  ["only what is of the class", [oneRequest()], { classes: [deviceClass("gpu", isLarge)] }, ["r: d1"]],
  ["all that are selected", [oneRequest({ allocationMode: "All", selectors: selectors(isLarge) })], {}, ["r: d1 d2"]],
  ["nothing when all are none", [oneRequest({ allocationMode: "All", selectors: selectors("false") })], {}, undefined],
  ["nothing when of all one is taken", [oneRequest({ allocationMode: "All" })], { taken: [holding("d1")] }, undefined],
  ["what others do not have", [oneRequest()], { taken: [holding("d0")] }, ["r: d1"]],
  ["what others look after", [oneRequest()], { taken: [holding("d0", { adminAccess: true })] }, ["r: d0"]],
  ["what others have, to look after it", [oneRequest({ adminAccess: true })], { taken: [holding("d0")] }, ["r: d0"]],
  ["each a device of its own", [{ requests: two }], {}, ["a: d0", "b: d1"]],
  ["devices for all claims or none", [oneRequest({ count: 2 }), oneRequest({ count: 2 })], {}, undefined],
  [
    "what leaves enough for others",
    [{ requests: [two[0] ?? {}, { name: "b", exactly: exact({ selectors: selectors("device.driver != ''") }) }] }],
    { slices: [nodeSlice("n", models.slice(0, 2))] },
    ["a: d0", "b: d1"],
  ],
  [
    "what is the same in an attribute",
    [{ requests: two, constraints: [{ matchAttribute: `${driver}/model` }] }],
    {},
    ["a: d1", "b: d2"],
  ],
  [
    "what differs in an attribute",
    [{ requests: two, constraints: [{ distinctAttribute: `${driver}/model` }] }],
    { taken: [holding("d0")] },
    undefined,
  ],
  [
    "what a constraint on others does not concern",
    [{ requests: two, constraints: [{ requests: ["a"], matchAttribute: `${driver}/model` }] }],
    {},
    ["a: d0", "b: d1"],
  ],
  [
    "the best alternative that there is",
    [
      {
        requests: [
          {
            name: "r",
            firstAvailable: [
              { name: "many", ...exact({ count: 4 }) },
              { name: "large", ...exact({ selectors: selectors(isLarge) }) },
            ],
          },
        ],
      },
    ],
    {},
    ["r/large: d1"],
  ],
  [
    "nothing with a taint",
    [oneRequest()],
    { slices: [nodeSlice("n", [{ name: "d", taints: [{ key: "k", value: "v", effect: "NoSchedule" }] }])] },
    undefined,
  ],
  [
    "what has a taint that is borne",
    [oneRequest({ tolerations: [{ key: "k", operator: "Equal", value: "v" }] })],
    { slices: [nodeSlice("n", [{ name: "d", taints: [{ key: "k", value: "v", effect: "NoSchedule" }] }])] },
    ["r: d"],
  ],
  ["nothing of a pool that is not complete", [oneRequest()], { slices: twoSlices().slice(0, 1) }, undefined],
  ["what several slices of a pool have", [oneRequest({ count: 2 })], { slices: twoSlices() }, ["r: d0 d1"]],
  [
    "nothing of older slices",
    [oneRequest()],
    { slices: twoSlices({ pool: { name: "n", generation: 2, resourceSliceCount: 1 } }) },
    ["r: d1"],
  ],
  ["nothing of other nodes", [oneRequest()], { slices: [nodeSlice("other", models)] }, undefined],
  [
    "what nodes with a label reach",
    [oneRequest()],
    {
      slices: [
        nodeSlice("shared", models, {
          nodeName: undefined,
          nodeSelector: { nodeSelectorTerms: [{ matchExpressions: [{ key: "zone", operator: "In", values: ["a"] }] }] },
        }),
      ],
    },
    ["r: d0"],
  ],
  [
    "what each device says by itself to be reached",
    [oneRequest()],
    {
      slices: [
        nodeSlice(
          "shared",
          [
            { name: "far", nodeName: "other" },
            { name: "near", nodeName: "n" },
          ],
          {
            nodeName: undefined,
            perDeviceNodeSelection: true,
          },
        ),
      ],
    },
    ["r: near"],
  ],
];

for (const [name, claims, offer, expected] of cases)
  test(`a claim gets ${name}`, () => assert.deepEqual(given(claims, offer), expected));

test("devices that share an amount are given as long as there is enough of it", () => {
  const half = (name: string) => ({
    name,
    consumesCounters: [{ counterSet: "card", counters: { memory: { value: "40Gi" } } }],
  });
  const sharedCounters = [{ name: "card", counters: { memory: { value: "80Gi" } } }];
  const slices = [nodeSlice("n", ["p0", "p1", "p2"].map(half), { sharedCounters })];
  assert.deepEqual(given([oneRequest({ count: 2 })], { slices }), ["r: p0 p1"]);
  assert.equal(given([oneRequest({ count: 3 })], { slices }), undefined);
  assert.deepEqual(given([oneRequest()], { slices, taken: [holding("p0")] }), ["r: p1"]);
  assert.equal(given([oneRequest({ count: 2 })], { slices, taken: [holding("p0")] }), undefined);
});

const faults: [name: string, claim: DeviceClaim, offer: Offer, message: RegExp][] = [
  [
    "fails on a device",
    oneRequest({ selectors: selectors('device.attributes["gpu.example.com"].missing == 1') }),
    {},
    /^claim default\/c0: selector #0 on device gpu.example.com\/n\/d0: CEL runtime error: no such key: missing$/,
  ],
  [
    "wants all of a pool that is being updated",
    oneRequest({ allocationMode: "All" }),
    { slices: twoSlices().slice(0, 1) },
    /^claim default\/c0, request r: asks for all devices, but resource pool gpu.example.com\/n is currently being updated$/,
  ],
  [
    "wants all, and that they are the same",
    { ...oneRequest({ allocationMode: "All" }), constraints: [{ matchAttribute: `${driver}/model` }] },
    {},
    /cannot add device gpu.example.com\/n\/d1 because a claim constraint would not be satisfied$/,
  ],
  [
    "meets a pool with a name twice",
    oneRequest(),
    { slices: [nodeSlice("n", [{ name: "d" }, { name: "d" }])] },
    /^invalid resource pools were encountered$/,
  ],
  [
    "would take too long to satisfy",
    {
      requests: [{ name: "r", exactly: exact({ count: 16 }) }],
      constraints: [{ matchAttribute: `${driver}/group` }],
    },
    {
      slices: [
        nodeSlice(
          "n",
          Array.from({ length: 60 }, (_, index) => ({
            name: `d${index}`,
            attributes: { group: { int: index % 4 } },
          })),
        ),
      ],
    },
    /^timed out trying to allocate devices$/,
  ],
];

for (const [name, claim, offer, message] of faults)
  test(`it is told when a claim ${name}`, () =>
    assert.throws(() => given([claim], offer), { name: "AllocationError", message }));

test("the result has devices, settings and the nodes that reach them", () => {
  const settings = (parameters: string) => ({ opaque: { driver, parameters: { is: parameters } } });
  const gpu = { ...deviceClass("gpu"), spec: { ...deviceClass("gpu").spec, config: [settings("class")] } };
  const catalog = catalogOf({ classes: [gpu] });
  const firstAvailable = ["x", "y"].map((name) => ({ name, ...exact() }));
  const claim = deviceClaim("c", {
    requests: [
      { name: "a", firstAvailable },
      { name: "b", exactly: exact({ adminAccess: true }) },
    ],
    config: [
      { requests: ["a/y"], ...settings("not taken") },
      { requests: ["a"], ...settings("for a") },
      settings("for all"),
    ],
  });
  const [found] = findDevices([claim], node, catalog) ?? [];
  assert.ok(found);
  const values = ["n"];
  assert.deepEqual(allocationResult(found, catalog.classes), {
    devices: {
      results: [
        { request: "a/x", driver, pool: "n", device: "d0" },
        { request: "b", driver, pool: "n", device: "d1", adminAccess: true },
      ],
      config: [
        { source: "FromClass", requests: ["a/x", "b"], ...settings("class") },
        { source: "FromClaim", requests: ["a"], ...settings("for a") },
        { source: "FromClaim", ...settings("for all") },
      ],
    },
    nodeSelector: { nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values }] }] },
  });
});
