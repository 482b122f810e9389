import assert from "node:assert/strict";
import { test } from "node:test";
import type { ValidatingAdmissionPolicySpec } from "../../../gen/typernetes/admissionregistration/v1/validating_admission_policy.ts";
import type { ValidatingAdmissionPolicyBindingSpec } from "../../../gen/typernetes/admissionregistration/v1/validating_admission_policy_binding.ts";
import { createFaults, printed } from "../testing/faults.ts";
import { validatingAdmissionPolicyBinding } from "./binding-strategy.ts";
import { validatingAdmissionPolicy } from "./strategy.ts";

const metadata = { name: "x", creationTimestamp: "2025-01-01T00:00:00Z" };
const rule = { operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] };
const newPolicy = (spec: ValidatingAdmissionPolicySpec = {}) => ({
  metadata,
  spec: { matchConstraints: { resourceRules: [{ ...rule }] }, validations: [{ expression: "true" }], ...spec },
});
const newBinding = (spec: ValidatingAdmissionPolicyBindingSpec = {}) => ({
  metadata,
  spec: { policyName: "x", validationActions: ["Deny"], ...spec },
});
const mixedCase =
  "may have mixed case, but should otherwise match: a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const judgement = (changes: object) => ({ validations: [{ expression: "true", ...changes }] });

const policies: readonly [ValidatingAdmissionPolicySpec, string[]][] = [
  [{}, []],
  [{ failurePolicy: "a" }, ['spec.failurePolicy: Unsupported value: "a": supported values: "Fail", "Ignore"']],
  [{ paramKind: {} }, ["spec.paramKind.apiVersion: Required value", "spec.paramKind.kind: Required value"]],
  [
    { paramKind: { apiVersion: "a/b/c", kind: "K" } },
    ['spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c'],
  ],
  [
    { paramKind: { apiVersion: "a/", kind: "K" } },
    ['spec.paramKind.apiVersion: Invalid value: "a/": version must be specified'],
  ],
  [{ paramKind: { apiVersion: "v1", kind: "K_" } }, [`spec.paramKind.kind: Invalid value: "K_": ${mixedCase}`]],
  [{ matchConstraints: undefined }, ["spec.matchConstraints: Required value"]],
  [{ matchConstraints: {} }, ["spec.matchConstraints.resourceRules: Required value"]],
  [
    { matchConstraints: { matchPolicy: "a", resourceRules: [{ ...rule, resourceNames: ["a/b", "c", "c"] }] } },
    [
      'spec.matchConstraints.matchPolicy: Unsupported value: "a": supported values: "Equivalent", "Exact"',
      `spec.matchConstraints.resourceRules[0].resourceNames[0]: Invalid value: "a/b": may not contain '/'`,
      'spec.matchConstraints.resourceRules[0].resourceNames[2]: Duplicate value: "c"',
    ],
  ],
  [{ matchConditions: [{ name: "a" }] }, ["spec.matchConditions[0].expression: Required value"]],
  [
    { variables: [{}, { name: "a-b", expression: "1" }, { name: "in", expression: "1" }] },
    [
      "spec.variables[0].name: Required value: name is not specified",
      "spec.variables[0].expression: Required value: expression is not specified",
      'spec.variables[1].name: Invalid value: "a-b": name is not a valid CEL identifier',
      'spec.variables[2].name: Invalid value: "in": name is not a valid CEL identifier',
    ],
  ],
  [
    { validations: [] },
    ["validations", "auditAnnotations"].map(
      (field) => `spec.${field}: Required value: validations or auditAnnotations must contain at least one item`,
    ),
  ],
  [judgement({ expression: " " }), ["spec.validations[0].expression: Required value: expression is not specified"]],
  [
    judgement({ messageExpression: " ", message: " " }),
    [
      'spec.validations[0].messageExpression: Invalid value: " ": must be non-empty if specified',
      'spec.validations[0].message: Invalid value: " ": message must be non-empty if specified',
    ],
  ],
  [
    judgement({ message: "a\nb" }),
    ['spec.validations[0].message: Invalid value: "a\\nb": message must not contain line breaks'],
  ],
  [
    judgement({ expression: "true ||\nfalse" }),
    ["spec.validations[0].message: Required value: message must be specified if expression contains line breaks"],
  ],
  [
    judgement({ reason: "a" }),
    [
      'spec.validations[0].reason: Unsupported value: "a": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
    ],
  ],
  [
    {
      auditAnnotations: [
        { key: "a", valueExpression: "'b'" },
        { key: "a", valueExpression: " " },
        { key: "b", valueExpression: "a".repeat(5121) },
      ],
    },
    [
      "spec.auditAnnotations[1].valueExpression: Required value: valueExpression is not specified",
      'spec.auditAnnotations[1].key: Duplicate value: "a"',
      "spec.auditAnnotations[2].valueExpression: Required value: must not exceed 5120 bytes in length",
    ],
  ],
];

for (const [spec, expected] of policies)
  test(`validation of admission policies: ${expected[0] ?? JSON.stringify(spec)}`, () => {
    assert.deepEqual(createFaults(validatingAdmissionPolicy, newPolicy(spec)), expected);
  });

test("a policy has few annotations for the audit", () => {
  const auditAnnotations = Array.from({ length: 21 }, (_, index) => ({ key: `a${index}`, valueExpression: "'b'" }));
  assert.match(
    createFaults(validatingAdmissionPolicy, newPolicy({ auditAnnotations }))[0] ?? "",
    /^spec.auditAnnotations: Invalid value: .*: must not have more than 20 auditAnnotations$/,
  );
});

const bindings: readonly [ValidatingAdmissionPolicyBindingSpec, string[]][] = [
  [{ paramRef: { name: "a" } }, []],
  [{ policyName: undefined }, ["spec.policyName: Required value"]],
  [{ paramRef: {} }, ["spec.paramRef: Required value: one of name or selector must be specified"]],
  [
    { paramRef: { name: "a", selector: {} } },
    [
      "spec.paramRef.name: Forbidden: name and selector are mutually exclusive",
      "spec.paramRef.selector: Forbidden: name and selector are mutually exclusive",
    ],
  ],
  [
    { paramRef: { name: "a", parameterNotFoundAction: "b" } },
    ['spec.paramRef.parameterNotFoundAction: Unsupported value: "b": supported values: "Allow", "Deny"'],
  ],
  [
    { matchResources: { matchPolicy: "a" } },
    ['spec.matchResouces.matchPolicy: Unsupported value: "a": supported values: "Equivalent", "Exact"'],
  ],
  [{ validationActions: [] }, ["spec.validationActions: Required value: at least one validation action is required"]],
  [
    { validationActions: ["a", "Audit", "Audit"] },
    [
      'spec.validationActions[0]: Unsupported value: "a": supported values: "Audit", "Deny", "Warn"',
      'spec.validationActions[2]: Duplicate value: "Audit"',
    ],
  ],
  [
    { validationActions: ["Deny", "Warn"] },
    [
      'spec.validationActions: Invalid value: ["Deny","Warn"]: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
    ],
  ],
];

for (const [spec, expected] of bindings)
  test(`validation of bindings of policies: ${expected[0] ?? JSON.stringify(spec)}`, () => {
    assert.deepEqual(createFaults(validatingAdmissionPolicyBinding, newBinding(spec)), expected);
  });

test("what policies and their bindings do not say", () => {
  const policy = newPolicy();
  validatingAdmissionPolicy.defaults?.(policy);
  const match = { matchPolicy: "Equivalent", namespaceSelector: {}, objectSelector: {} };
  assert.deepEqual(policy.spec, {
    ...newPolicy().spec,
    failurePolicy: "Fail",
    matchConstraints: { ...match, resourceRules: [{ ...rule, scope: "*" }] },
  });
  const binding = newBinding({ paramRef: { name: "a" }, matchResources: {} });
  validatingAdmissionPolicyBinding.defaults?.(binding);
  assert.deepEqual(binding.spec, {
    ...newBinding().spec,
    paramRef: { name: "a", parameterNotFoundAction: "Deny" },
    matchResources: match,
  });
});

test("policies and their bindings are printed", () => {
  const now = Date.parse("2025-01-01T00:01:00Z");
  assert.equal(printed(validatingAdmissionPolicy, newPolicy(), now), "Validations=1 ParamKind=<unset> Age=60s | ");
  const paramKind = { apiVersion: "v1", kind: "ConfigMap" };
  assert.match(printed(validatingAdmissionPolicy, newPolicy({ paramKind }), now), /ParamKind=v1\/ConfigMap/);
  assert.equal(
    printed(validatingAdmissionPolicyBinding, newBinding({ paramRef: { name: "a", namespace: "n" } }), now),
    "PolicyName=x ParamRef=n/a Age=60s | ",
  );
  assert.match(printed(validatingAdmissionPolicyBinding, newBinding(), now), /ParamRef=<unset>/);
});
