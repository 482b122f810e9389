import assert from "node:assert/strict";
import { test } from "node:test";
import type { AdmissionRule } from "../admission-rules.ts";
import { createFaults, printed } from "../testing/faults.ts";
import { mutatingWebhookConfiguration, validatingWebhookConfiguration } from "./strategies.ts";
import type { Webhook } from "./validate.ts";

const rule = { operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] };
const newWebhook = (changes: Webhook = {}): Webhook => ({
  name: "a.example.com",
  clientConfig: { service: { namespace: "n", name: "s" } },
  rules: [{ ...rule }],
  sideEffects: "None",
  admissionReviewVersions: ["v1"],
  ...changes,
});
const withRule = (changes: AdmissionRule): Webhook => ({ rules: [{ ...rule, ...changes }] });
const withService = (changes: object): Webhook => ({
  clientConfig: { service: { namespace: "n", name: "s", ...changes } },
});
const withUrl = (url: string): Webhook => ({ clientConfig: { url } });
const url = "webhooks[0].clientConfig.url";
const service = "webhooks[0].clientConfig.service";
const form = "; desired format: https://host[/path]";
const resources = "webhooks[0].rules[0].resources";

const rules: readonly [Webhook, string[]][] = [
  [{}, []],
  [withUrl("https://a.b/c"), []],
  [withService({ path: "/a/b.c/" }), []],
  [{ name: undefined }, ["webhooks[0].name: Required value"]],
  [
    { name: "a.b" },
    ['webhooks[0].name: Invalid value: "a.b": should be a domain with at least three segments separated by dots'],
  ],
  [{ failurePolicy: "a" }, ['webhooks[0].failurePolicy: Unsupported value: "a": supported values: "Fail", "Ignore"']],
  [{ matchPolicy: "a" }, ['webhooks[0].matchPolicy: Unsupported value: "a": supported values: "Equivalent", "Exact"']],
  [
    { reinvocationPolicy: "a" },
    ['webhooks[0].reinvocationPolicy: Unsupported value: "a": supported values: "IfNeeded", "Never"'],
  ],
  [{ sideEffects: undefined }, ["webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun"]],
  [
    { sideEffects: "Some" },
    ['webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"'],
  ],
  [
    { timeoutSeconds: 31 },
    ["webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds"],
  ],
  [
    { namespaceSelector: { matchExpressions: [{ key: "a", operator: "In" }] } },
    [
      "webhooks[0].namespaceSelector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    ],
  ],
  [{ clientConfig: {} }, ["webhooks[0].clientConfig: Required value: exactly one of url or service is required"]],
  [withUrl("http://a"), [`${url}: Invalid value: "http": 'https' is the only allowed URL scheme${form}`]],
  [withUrl("https:///a"), [`${url}: Invalid value: "": host must be specified${form}`]],
  [withUrl("https://u@a"), [`${url}: Invalid value: "u": user information is not permitted in the URL`]],
  [withUrl("https://a#f"), [`${url}: Invalid value: "f": fragments are not permitted in the URL`]],
  [withUrl("https://a?q=1"), [`${url}: Invalid value: "q=1": query parameters are not permitted in the URL`]],
  [
    withService({ name: "", namespace: "" }),
    [
      `${service}.name: Required value: service name is required`,
      `${service}.namespace: Required value: service namespace is required`,
    ],
  ],
  [
    withService({ port: 65_536 }),
    [`${service}.port: Invalid value: 65536: port is not valid: must be between 1 and 65535, inclusive`],
  ],
  [withService({ path: "//" }), [`${service}.path: Invalid value: "//": segment[0] may not be empty`]],
  [withService({ path: "/a//b" }), [`${service}.path: Invalid value: "/a//b": segment[1] may not be empty`]],
  [
    { matchConditions: [{ name: "a", expression: "true" }, { name: "a", expression: " " }, { expression: "true" }] },
    [
      "webhooks[0].matchConditions[1].expression: Required value",
      'webhooks[0].matchConditions[1].name: Duplicate value: "a"',
      "webhooks[0].matchConditions[2].name: Required value",
    ],
  ],
  [
    { matchConditions: Array.from({ length: 65 }, (_, index) => ({ name: `a${index}`, expression: "true" })) },
    ["webhooks[0].matchConditions: Too many: 65: must have at most 64 items"],
  ],
  [
    { admissionReviewVersions: [] },
    ["webhooks[0].admissionReviewVersions: Required value: must specify one of v1, v1beta1"],
  ],
  [
    { admissionReviewVersions: ["v2", "v2"] },
    [
      'webhooks[0].admissionReviewVersions[1]: Duplicate value: "v2"',
      'webhooks[0].admissionReviewVersions: Invalid value: ["v2","v2"]: must include at least one of v1, v1beta1',
    ],
  ],
  [
    { rules: [{}] },
    ["apiGroups", "apiVersions", "resources", "operations"].map(
      (field) => `webhooks[0].rules[0].${field}: Required value`,
    ),
  ],
  [
    withRule({ operations: ["*", "a"], apiGroups: ["*", ""], apiVersions: ["*", ""] }),
    [
      `webhooks[0].rules[0].apiGroups: Invalid value: ["*",""]: if '*' is present, must not specify other API groups`,
      `webhooks[0].rules[0].apiVersions: Invalid value: ["*",""]: if '*' is present, must not specify other API versions`,
      "webhooks[0].rules[0].apiVersions[1]: Required value",
      `webhooks[0].rules[0].operations: Invalid value: ["*","a"]: if '*' is present, must not specify other operations`,
      'webhooks[0].rules[0].operations[1]: Unsupported value: "a": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"',
    ],
  ],
  [
    withRule({ scope: "a" }),
    ['webhooks[0].rules[0].scope: Unsupported value: "a": supported values: "*", "Cluster", "Namespaced"'],
  ],
  [
    withRule({ resources: ["pods/*", "pods/status", "*/scale", "a/scale", ""] }),
    [
      `${resources}[1]: Invalid value: "pods/status": if 'pods/*' is present, must not specify pods/status`,
      `${resources}[3]: Invalid value: "a/scale": if '*/scale' is present, must not specify a/scale`,
      `${resources}[4]: Required value`,
    ],
  ],
  [
    withRule({ resources: ["*/*", "a/b"] }),
    [`${resources}: Invalid value: ["*/*","a/b"]: if '*/*' is present, must not specify other resources`],
  ],
  [
    withRule({ resources: ["*", "a"] }),
    [
      `${resources}: Invalid value: ["*","a"]: if '*' is present, must not specify other resources without subresources`,
    ],
  ],
];

for (const [changes, expected] of rules)
  test(`validation of webhooks: ${expected[0] ?? JSON.stringify(changes)}`, () => {
    assert.deepEqual(createFaults(mutatingWebhookConfiguration, { webhooks: [newWebhook(changes)] }), expected);
  });

test("names of webhooks differ", () => {
  assert.deepEqual(createFaults(validatingWebhookConfiguration, { webhooks: [newWebhook(), newWebhook()] }), [
    'webhooks[1].name: Duplicate value: "a.example.com"',
  ]);
});

test("what a webhook does not say", () => {
  const filled = {
    failurePolicy: "Fail",
    matchPolicy: "Equivalent",
    namespaceSelector: {},
    objectSelector: {},
    timeoutSeconds: 10,
    ...withService({ port: 443 }),
    ...withRule({ scope: "*" }),
  };
  const [mutating, validating] = [{ webhooks: [newWebhook()] }, { webhooks: [newWebhook()] }];
  mutatingWebhookConfiguration.defaults?.(mutating);
  validatingWebhookConfiguration.defaults?.(validating);
  assert.deepEqual(mutating.webhooks, [{ ...newWebhook(), ...filled, reinvocationPolicy: "Never" }]);
  assert.deepEqual(validating.webhooks, [{ ...newWebhook(), ...filled }]);
});

test("lists of webhooks are printed", () => {
  const object = { metadata: { creationTimestamp: "2025-01-01T00:00:00Z" }, webhooks: [{}, {}] };
  const now = Date.parse("2025-01-01T00:01:00Z");
  assert.equal(printed(mutatingWebhookConfiguration, object, now), "Webhooks=2 Age=60s | ");
  assert.equal(printed(validatingWebhookConfiguration, object, now), "Webhooks=2 Age=60s | ");
});
