import assert from "node:assert/strict";
import { test } from "node:test";
import type { MutatingAdmissionPolicySpec } from "../../../gen/typernetes/admissionregistration/v1beta1/mutating_admission_policy.ts";
import type { MutatingAdmissionPolicyBindingSpec } from "../../../gen/typernetes/admissionregistration/v1beta1/mutating_admission_policy_binding.ts";
import { createFaults, printed } from "../testing/faults.ts";
import { mutatingAdmissionPolicyBinding } from "./binding-strategy.ts";
import { mutatingAdmissionPolicy } from "./strategy.ts";

const metadata = { name: "x", creationTimestamp: "2025-01-01T00:00:00Z" };
const rule = { operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] };
const mutation = { patchType: "ApplyConfiguration", applyConfiguration: { expression: "Object{}" } };
const newPolicy = (spec: MutatingAdmissionPolicySpec = {}) => ({
  metadata,
  spec: {
    matchConstraints: { resourceRules: [{ ...rule }] },
    mutations: [mutation],
    reinvocationPolicy: "Never",
    ...spec,
  },
});
const newBinding = (spec: MutatingAdmissionPolicyBindingSpec = {}) => ({
  metadata,
  spec: { policyName: "x", ...spec },
});

const policies: readonly [MutatingAdmissionPolicySpec, string[]][] = [
  [{}, []],
  [{ mutations: [{ patchType: "JSONPatch", jsonPatch: { expression: "[]" } }], reinvocationPolicy: "IfNeeded" }, []],
  [{ failurePolicy: "a" }, ['spec.failurePolicy: Unsupported value: "a": supported values: "Fail", "Ignore"']],
  [{ paramKind: {} }, ["spec.paramKind.apiVersion: Required value", "spec.paramKind.kind: Required value"]],
  [{ matchConstraints: undefined }, ["spec.matchConstraints: Required value"]],
  [{ matchConstraints: {} }, ["spec.matchConstraints.resourceRules: Required value"]],
  [
    { matchConstraints: { resourceRules: [{ ...rule, operations: ["DELETE"] }] } },
    [
      'spec.matchConstraints.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"',
    ],
  ],
  [{ matchConditions: [{ name: "a" }] }, ["spec.matchConditions[0].expression: Required value"]],
  [
    { variables: [{ name: "in", expression: "1" }] },
    ['spec.variables[0].name: Invalid value: "in": name is not a valid CEL identifier'],
  ],
  [{ mutations: [] }, ["spec.mutations: Required value: mutations must contain at least one item"]],
  [{ mutations: [{}] }, ["spec.mutations[0].patchType: Required value"]],
  [
    { mutations: [{ patchType: "a" }] },
    ['spec.mutations[0].patchType: Unsupported value: "a": supported values: "ApplyConfiguration", "JSONPatch"'],
  ],
  [
    { mutations: [{ ...mutation, patchType: "JSONPatch" }] },
    [
      "spec.mutations[0].jsonPatch: Required value: must be specified when patchType is JSONPatch",
      'spec.mutations[0].applyConfiguration: Invalid value: "{applyConfiguration}": must not be specified when patchType is JSONPatch',
    ],
  ],
  [
    { mutations: [{ ...mutation, applyConfiguration: { expression: " " } }] },
    ["spec.mutations[0].applyConfiguration.expression: Required value"],
  ],
  [{ reinvocationPolicy: undefined }, ["spec.reinvocationPolicy: Required value"]],
  [
    { reinvocationPolicy: "a" },
    ['spec.reinvocationPolicy: Unsupported value: "a": supported values: "IfNeeded", "Never"'],
  ],
];

for (const [spec, expected] of policies)
  test(`validation of mutating policies: ${expected[0] ?? JSON.stringify(spec)}`, () => {
    assert.deepEqual(createFaults(mutatingAdmissionPolicy, newPolicy(spec)), expected);
  });

const bindings: readonly [MutatingAdmissionPolicyBindingSpec, string[]][] = [
  [{ paramRef: { name: "a" } }, []],
  [{ policyName: undefined }, ["spec.policyName: Required value"]],
  [{ paramRef: {} }, ["spec.paramRef: Required value: one of name or selector must be specified"]],
  [
    { matchResources: { matchPolicy: "a" } },
    ['spec.matchResources.matchPolicy: Unsupported value: "a": supported values: "Equivalent", "Exact"'],
  ],
  [
    { matchResources: { resourceRules: [{ ...rule, operations: ["DELETE"] }] } },
    [
      'spec.matchResources.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"',
    ],
  ],
];

for (const [spec, expected] of bindings)
  test(`validation of bindings of mutating policies: ${expected[0] ?? JSON.stringify(spec)}`, () => {
    assert.deepEqual(createFaults(mutatingAdmissionPolicyBinding, newBinding(spec)), expected);
  });

test("what mutating policies and their bindings do not say", () => {
  const policy = newPolicy();
  mutatingAdmissionPolicy.defaults?.(policy);
  const match = { matchPolicy: "Equivalent", namespaceSelector: {}, objectSelector: {} };
  assert.deepEqual(policy.spec, {
    ...newPolicy().spec,
    failurePolicy: "Fail",
    matchConstraints: { ...match, resourceRules: [{ ...rule, scope: "*" }] },
  });
  const binding = newBinding({ paramRef: { name: "a" }, matchResources: {} });
  mutatingAdmissionPolicyBinding.defaults?.(binding);
  assert.deepEqual(binding.spec, {
    ...newBinding().spec,
    paramRef: { name: "a", parameterNotFoundAction: "Deny" },
    matchResources: match,
  });
});

test("mutating policies and their bindings are printed", () => {
  const now = Date.parse("2025-01-01T00:01:00Z");
  const paramKind = { apiVersion: "v1", kind: "ConfigMap" };
  assert.equal(
    printed(mutatingAdmissionPolicy, newPolicy({ paramKind }), now),
    "Mutations=1 ParamKind=v1/ConfigMap Age=60s | ",
  );
  assert.equal(
    printed(mutatingAdmissionPolicyBinding, newBinding({ paramRef: { name: "a", namespace: "n" } }), now),
    "PolicyName=x ParamRef=n/a Age=60s | ",
  );
});
