import assert from "node:assert/strict";
import { test } from "node:test";
import type { ResourceClaimStatus } from "../../../gen/typernetes/resource/v1/resource_claim.ts";
import { createFaults, faultsOf, printed, updateFaults } from "../testing/faults.ts";
import { deviceClass, resourceClaim, resourceClaimTemplate, resourceSlice } from "./strategies.ts";

const metadata = { name: "x", creationTimestamp: "2025-01-01T00:00:00Z" };
const now = Date.parse("2025-01-01T00:01:00Z");
const exactly = { deviceClassName: "gpu.example.com" };
const request = { name: "r", exactly };
const claim = (devices: object) => createFaults(resourceClaim, { spec: { devices } });
const asked = (changes: object) => claim({ requests: [{ name: "r", exactly: { ...exactly, ...changes } }] });
const sliceSpec = (changes: object = {}) => ({
  driver: "gpu.example.com",
  pool: { name: "p", resourceSliceCount: 1 },
  allNodes: true,
  ...changes,
});
const slice = (changes: object) => createFaults(resourceSlice, { spec: sliceSpec(changes) });
const one = "exactly one of `exactly` or `firstAvailable` is required";
const place = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";
const unknown = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
const qualified =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const first = "spec.devices.requests[0]";

const rules: readonly [string, () => string[], string[]][] = [
  ["a claim", () => claim({ requests: [request] }), []],
  ["a request without name", () => claim({ requests: [{ exactly }] }), [`${first}.name: Required value`]],
  ["a request of nothing", () => claim({ requests: [{ name: "r" }] }), [`${first}: Required value: ${one}`]],
  [
    "a request of both sorts",
    () => claim({ requests: [{ ...request, firstAvailable: [{ name: "a", ...exactly }] }] }),
    [`${first}: Invalid value: null: ${one}, but multiple fields are set`],
  ],
  [
    "requests of one name",
    () => claim({ requests: [request, request] }),
    ['spec.devices.requests[1].name: Duplicate value: "r"'],
  ],
  [
    "many requests",
    () => claim({ requests: Array.from({ length: 33 }, (_, index) => ({ name: `r${index}`, exactly })) }),
    ["spec.devices.requests: Too many: 33: must have at most 32 items"],
  ],
  [
    "alternatives of one name",
    () =>
      claim({
        requests: [
          {
            name: "r",
            firstAvailable: [
              { name: "a", ...exactly },
              { name: "a", ...exactly },
            ],
          },
        ],
      }),
    [`${first}.firstAvailable[1].name: Duplicate value: "a"`],
  ],
  [
    "a request without class",
    () => asked({ deviceClassName: "" }),
    [`${first}.exactly.deviceClassName: Required value`],
  ],
  [
    "a count of all",
    () => asked({ allocationMode: "All", count: 1 }),
    [`${first}.exactly.count: Invalid value: 1: must not be specified when allocationMode is 'All'`],
  ],
  [
    "a negative count",
    () => asked({ count: -1 }),
    [`${first}.exactly.count: Invalid value: -1: must be greater than zero`],
  ],
  [
    "another mode",
    () => asked({ allocationMode: "a" }),
    [`${first}.exactly.allocationMode: Unsupported value: "a": supported values: "All", "ExactCount"`],
  ],
  [
    "selectors",
    () => asked({ selectors: [{}, { cel: {} }, { cel: { expression: "a".repeat(10_241) } }] }),
    [
      `${first}.exactly.selectors[0].cel: Required value`,
      `${first}.exactly.selectors[1].cel.expression: Required value`,
      `${first}.exactly.selectors[2].cel.expression: Too long: may not be more than 10240 bytes`,
    ],
  ],
  [
    "constraints",
    () =>
      claim({
        requests: [request],
        constraints: [{ requests: ["a", "r", "r"] }, { matchAttribute: "a" }, { matchAttribute: "a.b/c-d" }],
      }),
    [
      `spec.devices.constraints[0].requests[0]: Invalid value: "a": ${unknown}`,
      'spec.devices.constraints[0].requests[2]: Duplicate value: "r"',
      "spec.devices.constraints[0].matchAttribute: Required value",
      'spec.devices.constraints[1].matchAttribute: Invalid value: "a": must include a domain',
      "spec.devices.constraints[2].matchAttribute: Invalid value: \"c-d\": a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')",
    ],
  ],
  [
    "configurations",
    () =>
      claim({
        requests: [request],
        config: [{}, { opaque: { driver: "a.b" } }, { opaque: { driver: "a.b", parameters: [] } }],
      }),
    [
      "spec.devices.config[0].opaque: Required value",
      "spec.devices.config[1].opaque.parameters: Required value",
      'spec.devices.config[2].opaque.parameters: Invalid value: "<value omitted>": parameters must be a valid JSON object',
    ],
  ],
  [
    "a class",
    () => createFaults(deviceClass, { spec: { selectors: [{}], config: [{}] } }),
    ["spec.selectors[0].cel: Required value", "spec.config[0].opaque: Required value"],
  ],
  [
    "a template",
    () => createFaults(resourceClaimTemplate, { spec: { spec: { devices: { requests: [{ name: "r" }] } } } }),
    [`spec.${first}: Required value: ${one}`],
  ],
  ["a slice", () => slice({}), []],
  [
    "a slice without owner",
    () => slice({ driver: "a".repeat(64), pool: { generation: -1 } }),
    [
      "spec.driver: Too long: may not be more than 63 bytes",
      "spec.pool.name: Required value",
      "spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero",
      "spec.pool.generation: Invalid value: -1: must be greater than or equal to zero",
    ],
  ],
  [
    "a slice nowhere",
    () => slice({ allNodes: false, nodeName: "" }),
    [
      'spec.nodeName: Invalid value: "": must be either unset or set to a non-empty string',
      "spec.allNodes: Invalid value: false: must be either unset or set to true",
      `spec: Required value: ${place}`,
    ],
  ],
  [
    "a slice in two places",
    () => slice({ nodeName: "n" }),
    [`spec: Invalid value: "{\`nodeName\`, \`allNodes\`}": ${place}, but multiple fields are set`],
  ],
  [
    "devices of a slice",
    () =>
      slice({
        devices: [
          { name: "a", attributes: { x: {}, y: { int: 1, bool: true }, z: { version: "1" } } },
          { name: "a", attributes: { x: { string: "s".repeat(65) } } },
        ],
      }),
    [
      "spec.devices[0].attributes[x]: Required value: exactly one value must be specified",
      'spec.devices[0].attributes[y]: Invalid value: {"int":1,"bool":true}: exactly one value must be specified',
      'spec.devices[0].attributes[z].version: Invalid value: "1": must be a string compatible with semver.org spec 2.0.0',
      "spec.devices[1].attributes[x].string: Too long: may not be more than 64 bytes",
      'spec.devices[1].name: Duplicate value: "a"',
    ],
  ],
  [
    "expressions",
    () => asked({ selectors: [{ cel: { expression: "device.driver" } }, { cel: { expression: "device.wrong" } }] }),
    [
      `${first}.exactly.selectors[0].cel.expression: Invalid value: "device.driver": must evaluate to bool or the unknown type, not string`,
      `${first}.exactly.selectors[1].cel.expression: Invalid value: "device.wrong": compilation failed: ERROR: <input>:1:7: undefined field 'wrong'\n | device.wrong\n | ......^`,
    ],
  ],
  [
    "tolerations",
    () =>
      asked({
        tolerations: [{ key: "a b" }, { operator: "Exists", value: "v" }, { operator: "Is", effect: "Never" }],
      }),
    [
      `${first}.exactly.tolerations[0].key: Invalid value: "a b": ${qualified}`,
      `${first}.exactly.tolerations[1].value: Invalid value: "v": must be empty for operator \`Exists\``,
      `${first}.exactly.tolerations[2].operator: Unsupported value: "Is": supported values: "Equal", "Exists"`,
      `${first}.exactly.tolerations[2].effect: Unsupported value: "Never": supported values: "NoExecute", "NoSchedule"`,
    ],
  ],
  [
    "taints of a device",
    () => slice({ devices: [{ name: "a", taints: [{ key: "k" }, { key: "k", effect: "Never" }] }] }),
    [
      "spec.devices[0].taints[0].effect: Required value",
      'spec.devices[0].taints[1].effect: Unsupported value: "Never": supported values: "NoExecute", "NoSchedule"',
    ],
  ],
  [
    "counters",
    () =>
      slice({
        sharedCounters: [{ name: "set", counters: { memory: { value: "1" } } }, { name: "set" }],
        devices: [
          { name: "a", consumesCounters: [{ counterSet: "set", counters: { memory: { value: "1" } } }] },
          { name: "b", consumesCounters: [{ counterSet: "other", counters: { memory: { value: "1" } } }] },
          { name: "c", consumesCounters: [{ counterSet: "set", counters: { cores: { value: "1" } } }] },
        ],
      }),
    [
      'spec.devices[1].consumesCounters[0].counterSet: Invalid value: "other": must reference a counterSet defined in the ResourceSlice sharedCounters',
      'spec.devices[2].consumesCounters[0].counters: Invalid value: "cores": must reference a counter defined in the ResourceSlice sharedCounters',
      "spec.sharedCounters[1].counters: Required value",
      'spec.sharedCounters[1].name: Duplicate value: "set"',
    ],
  ],
  [
    "capacities",
    () =>
      slice({
        devices: [
          { name: "a", capacity: { memory: { value: "1Gi", requestPolicy: {} } } },
          {
            name: "b",
            allowMultipleAllocations: true,
            capacity: {
              x: { value: "4", requestPolicy: { validValues: ["1", "8"] } },
              y: { value: "4", requestPolicy: { default: "2", validValues: ["4", "1"] } },
              z: { value: "4", requestPolicy: { default: "0", validRange: { min: "1", max: "8", step: "2" } } },
            },
          },
        ],
      }),
    [
      "spec.devices[0].capacity[memory].requestPolicy: Forbidden: allowMultipleAllocations must be true",
      "spec.devices[1].capacity[x].requestPolicy.default: Required value: required when validValues is defined",
      'spec.devices[1].capacity[y].requestPolicy.validValues[1]: Invalid value: "1": values must be sorted in ascending order',
      'spec.devices[1].capacity[y].requestPolicy.validValues: Invalid value: "2": default value is not valid according to the requestPolicy',
      'spec.devices[1].capacity[z].requestPolicy.validRange.default: Invalid value: "0": default is less than min: 1',
      'spec.devices[1].capacity[z].requestPolicy.validRange.max: Invalid value: "8": max is larger than capacity value: 4',
      'spec.devices[1].capacity[z].requestPolicy.validRange.step: Invalid value: "0": value is not a multiple of a given step (2) from (1)',
      'spec.devices[1].capacity[z].requestPolicy.validRange.step: Invalid value: "8": value is not a multiple of a given step (2) from (1)',
    ],
  ],
  [
    "places of devices",
    () => [
      ...slice({ devices: [{ name: "a", nodeName: "n" }] }),
      ...slice({ allNodes: undefined, perDeviceNodeSelection: true, devices: [{ name: "a" }] }),
    ],
    [
      "spec.devices[0]: Invalid value: null: `nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec",
      "spec.devices[0]: Required value: exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec",
    ],
  ],
  [
    "conditions of binding",
    () => slice({ devices: [{ name: "a", bindingConditions: ["c"], bindingFailureConditions: ["c"] }] }),
    [
      'spec.devices[0].bindingFailureConditions[0]: Invalid value: "c": bindingFailureConditions must not overlap with bindingConditions',
    ],
  ],
];

for (const [name, faults, expected] of rules)
  test(`validation of ${name}: ${expected[0] ?? "sound"}`, () => assert.deepEqual(faults(), expected));

test("what is asked for never changes, nor where devices are", () => {
  const spec = { devices: { requests: [request] } };
  const other = { devices: { requests: [{ name: "s", exactly }] } };
  assert.match(updateFaults(resourceClaim, { spec: other }, { spec }).join(), /^spec: .*: field is immutable$/);
  assert.match(
    updateFaults(resourceClaimTemplate, { spec: { spec: other } }, { spec: { spec } }).join(),
    /^spec: .*: field is immutable$/,
  );
  assert.deepEqual(updateFaults(resourceSlice, { spec: sliceSpec({ driver: "a.b" }) }, { spec: sliceSpec() }), [
    'spec.driver: Invalid value: "a.b": field is immutable',
  ]);
});

test("who uses devices is told once there are any, and what a claim got stays", () => {
  const spec = { devices: { requests: [request] } };
  const user = { resource: "pods", name: "p", uid: "u" };
  const faults = (status: ResourceClaimStatus, before: ResourceClaimStatus = {}, deletionTimestamp?: string) =>
    faultsOf((errors) =>
      resourceClaim.validateStatusUpdate?.(
        { metadata: { deletionTimestamp }, spec, status },
        { spec, status: before },
        errors,
      ),
    );
  const result = { request: "r", driver: "a.b", pool: "p", device: "d" };
  const allocation = { devices: { results: [result] } };
  assert.deepEqual(faults({ allocation, reservedFor: [user] }), []);
  assert.deepEqual(faults({ reservedFor: [user, { ...user, name: "" }] }), [
    "status.reservedFor[1].name: Required value",
    'status.reservedFor[1].uid: Duplicate value: "u"',
    "status.reservedFor: Forbidden: may not be specified when `allocated` is not set",
  ]);
  assert.deepEqual(faults({ allocation, reservedFor: [user] }, { allocation }, "2025-01-01T00:00:00Z"), [
    "status.reservedFor: Forbidden: new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set",
  ]);
  assert.match(faults({ allocation: {} }, { allocation }).join(), /^status.allocation: .*: field is immutable$/);
  assert.deepEqual(faults({ allocation: { devices: { results: [{ ...result, request: "s" }] } } }), [
    `status.allocation.devices.results[0].request: Invalid value: "s": ${unknown}`,
  ]);
});

test("drivers report on devices that a claim has, and on no others", () => {
  const spec = { devices: { requests: [request] } };
  const allocation = { devices: { results: [{ request: "r", driver: "a.b", pool: "p", device: "d" }] } };
  const report = { driver: "a.b", pool: "p", device: "d" };
  const faults = (...devices: object[]) =>
    faultsOf((errors) =>
      resourceClaim.validateStatusUpdate?.(
        { spec, status: { allocation, devices } },
        { spec, status: { allocation } },
        errors,
      ),
    );
  assert.deepEqual(faults(report), []);
  assert.deepEqual(faults({ ...report, device: "e" }), [
    'status.devices[0]: Invalid value: "a.b/p/e": must be an allocated device in the claim',
  ]);
  assert.deepEqual(
    faults({ ...report, conditions: [{ type: "Ready" }], data: [], networkData: { ips: ["10.0.0.1", "10.0.0.1/24"] } }),
    [
      "status.devices[0].conditions[0].status: Required value",
      "status.devices[0].conditions[0].lastTransitionTime: Required value: must be set",
      "status.devices[0].conditions[0].reason: Required value: must be set",
      'status.devices[0].data: Invalid value: "<value omitted>": must be a valid JSON object',
      'status.devices[0].networkData.ips[0]: Invalid value: "10.0.0.1": must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)',
    ],
  );
});

test("one device is meant unless a request says otherwise", () => {
  const object = {
    spec: { devices: { requests: [{ name: "r", exactly: { ...exactly, tolerations: [{ key: "a" }] } }] } },
  };
  resourceClaim.defaults?.(object);
  assert.deepEqual(object.spec.devices.requests[0]?.exactly, {
    ...exactly,
    allocationMode: "ExactCount",
    count: 1,
    tolerations: [{ key: "a", operator: "Equal" }],
  });
});

test("claims and slices are printed", () => {
  const state = (status: ResourceClaimStatus) => printed(resourceClaim, { metadata, status }, now);
  assert.equal(state({}), "State=pending Age=60s | ");
  assert.equal(state({ allocation: {}, reservedFor: [{}] }), "State=allocated,reserved Age=60s | ");
  const deleted = { ...metadata, deletionTimestamp: "2025-01-01T00:00:30Z" };
  assert.equal(printed(resourceClaim, { metadata: deleted }, now), "State=deleted Age=60s | ");
  assert.equal(
    printed(resourceSlice, { metadata, spec: sliceSpec() }, now),
    "Node=<unset> Driver=gpu.example.com Pool=p Age=60s | ",
  );
});
