import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  FlowSchemaSpec,
  NonResourcePolicyRule,
  ResourcePolicyRule,
  Subject,
} from "../../../gen/typernetes/flowcontrol/v1/flow_schema.ts";
import { clonePlain } from "../../base/plain-data.ts";
import { createFaults, printed } from "../testing/faults.ts";
import { mandatoryFlowSchemas } from "./mandatory.ts";
import { flowSchema as strategy } from "./strategy.ts";

const subject: Subject = { kind: "User", user: { name: "u" } };
const nonResource: NonResourcePolicyRule = { verbs: ["get"], nonResourceURLs: ["/", "/a/*"] };
const resource: ResourcePolicyRule = { verbs: ["get"], apiGroups: [""], resources: ["pods"], namespaces: ["a"] };
const newSchema = (spec: FlowSchemaSpec = {}, name = "x") => ({
  metadata: { name, creationTimestamp: "2025-01-01T00:00:00Z" },
  spec: { priorityLevelConfiguration: { name: "l" }, ...spec },
});
const withSubject = (it: Subject): FlowSchemaSpec => ({
  rules: [{ subjects: [it], nonResourceRules: [nonResource] }],
});
const withResource = (changes: ResourcePolicyRule): FlowSchemaSpec => ({
  rules: [{ subjects: [subject], resourceRules: [{ ...resource, ...changes }] }],
});
const withUrls = (...nonResourceURLs: string[]): FlowSchemaSpec => ({
  rules: [{ subjects: [subject], nonResourceRules: [{ verbs: ["*"], nonResourceURLs }] }],
});
const one = "spec.rules[0].resourceRules[0]";
const urls = "spec.rules[0].nonResourceRules[0].nonResourceURLs";

const rules: readonly [FlowSchemaSpec, string[]][] = [
  [{}, []],
  [withSubject(subject), []],
  [withResource({}), []],
  [withResource({ clusterScope: true, namespaces: [] }), []],
  [withSubject({ kind: "ServiceAccount", serviceAccount: { namespace: "n", name: "*" } }), []],
  [{ matchingPrecedence: -1 }, ["spec.matchingPrecedence: Invalid value: -1: must be a positive value"]],
  [{ matchingPrecedence: 10_001 }, ["spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000"]],
  [
    { matchingPrecedence: 1 },
    ["spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1"],
  ],
  [
    { distinguisherMethod: { type: "a" } },
    ['spec.distinguisherMethod.type: Unsupported value: "a": supported values: "ByNamespace", "ByUser"'],
  ],
  [
    { priorityLevelConfiguration: {} },
    ["spec.priorityLevelConfiguration.name: Required value: must reference a priority level"],
  ],
  [
    { rules: [{}] },
    [
      "spec.rules[0].subjects: Required value: subjects must contain at least one value",
      "spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty",
    ],
  ],
  [
    withSubject({ kind: "a" }),
    ['spec.rules[0].subjects[0].kind: Unsupported value: "a": supported values: "Group", "ServiceAccount", "User"'],
  ],
  [
    withSubject({ kind: "User", group: { name: "g" } }),
    [
      "spec.rules[0].subjects[0].user: Required value: user is required when subject kind is 'User'",
      "spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'",
    ],
  ],
  [withSubject({ kind: "Group", group: {} }), ["spec.rules[0].subjects[0].group.name: Required value"]],
  [
    withSubject({ kind: "ServiceAccount", serviceAccount: {} }),
    [
      "spec.rules[0].subjects[0].serviceAccount.name: Required value",
      "spec.rules[0].subjects[0].serviceAccount.namespace: Required value: must specify namespace for service account",
    ],
  ],
  [
    withResource({ verbs: [], apiGroups: [], resources: [], namespaces: [] }),
    [
      `${one}.verbs: Required value: verbs must contain at least one value`,
      `${one}.apiGroups: Required value: resource rules must supply at least one api group`,
      `${one}.resources: Required value: resource rules must supply at least one resource`,
      `${one}.namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace`,
    ],
  ],
  [
    withResource({ verbs: ["*", "a"], apiGroups: ["*", "a"], resources: ["*", "a"], namespaces: ["*", "a"] }),
    [
      ["verbs", "verbs"],
      ["apiGroups", "api groups"],
      ["resources", "resources"],
      ["namespaces", "namespaces"],
    ].map(
      ([field, what]) => `${one}.${field}: Invalid value: ["*","a"]: if '*' is present, must not specify other ${what}`,
    ),
  ],
  [
    withResource({ verbs: ["use"] }),
    [
      `${one}.verbs: Unsupported value: ["use"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"`,
    ],
  ],
  [withResource({ namespaces: ["a.b"] }), [`${one}.namespaces[0]: Invalid value: "a.b": must not contain dots`]],
  [withUrls(), [`${urls}: Required value: nonResourceURLs must contain at least one value`]],
  [
    withUrls("*", "/a"),
    [`${urls}: Invalid value: ["*","/a"]: if '*' is present, must not specify other non-resource URLs`],
  ],
  [
    withUrls("", "a", "/a b", "/a//b", "/*/a", "/a*"),
    [
      `${urls}[0]: Invalid value: "": must not be empty`,
      `${urls}[1]: Invalid value: "a": must start with slash`,
      `${urls}[2]: Invalid value: "/a b": must not contain white-space`,
      `${urls}[3]: Invalid value: "/a//b": must not contain double slash`,
      `${urls}[4]: Invalid value: "/*/a": wildcard can only do suffix matching`,
      `${urls}[5]: Invalid value: "/a*": wildcard can only do suffix matching`,
    ],
  ],
];

for (const [spec, expected] of rules)
  test(`validation of flow schemas: ${expected[0] ?? JSON.stringify(spec)}`, () => {
    assert.deepEqual(createFaults(strategy, newSchema(spec)), expected);
  });

test("schemas that every cluster has say what they must", () => {
  for (const [name, spec] of Object.entries(mandatoryFlowSchemas)) {
    assert.deepEqual(createFaults(strategy, newSchema(clonePlain(spec), name)), []);
    const faults = createFaults(strategy, newSchema({ ...clonePlain(spec), matchingPrecedence: 5 }, name));
    assert.match(
      faults[0] ?? "",
      new RegExp(`^spec: Invalid value: .*: spec of '${name}' must equal the fixed value$`),
    );
  }
});

test("flow schemas are asked in the middle unless they say otherwise, and printed", () => {
  const object = newSchema();
  strategy.defaults?.(object);
  const now = Date.parse("2025-01-01T00:01:00Z");
  assert.equal(
    printed(strategy, object, now),
    "PriorityLevel=l MatchingPrecedence=1000 DistinguisherMethod=<none> Age=60s MissingPL=? | ",
  );
  const status = { conditions: [{ type: "Dangling", status: "False" }] };
  assert.match(
    printed(strategy, { ...newSchema({ distinguisherMethod: { type: "ByUser" } }), status }, now),
    /DistinguisherMethod=ByUser Age=60s MissingPL=False/,
  );
});
