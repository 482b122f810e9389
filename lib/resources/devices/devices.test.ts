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
