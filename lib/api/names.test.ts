import assert from "node:assert/strict";
import { test } from "node:test";
import {
  configMapKey,
  dns1035Label,
  dns1123Label,
  dns1123Subdomain,
  environmentVariableName,
  labelName,
  labelValue,
  type NameRule,
  pathSegmentName,
  percentage,
  portName,
  portNumber,
  qualifiedName,
  wildcardDns1123Subdomain,
} from "./names.ts";

const rules: [string, NameRule, string[], string[]][] = [
  [
    "DNS label",
    dns1123Label,
    ["a", "a-b", "1a", "a".repeat(63)],
    ["", "A", "-a", "a-", "a.b", "a_b", "a".repeat(64), "ä", "a\n"],
  ],
  [
    "DNS subdomain",
    dns1123Subdomain,
    ["a", "a.b", "a-1.b", "a".repeat(253)],
    ["", ".a", "a..b", "A", "a_b", "a".repeat(254)],
  ],
  ["DNS-1035 label", dns1035Label, ["a", "a-1"], ["1a", "a.b", ""]],
  ["wildcard", wildcardDns1123Subdomain, ["*.a.b"], ["*", "*a", "a.b", "*.*.a"]],
  [
    "qualified name",
    qualifiedName,
    ["a", "A.b_c-d", "example.com/a", "a".repeat(63)],
    ["", "/a", "a/", "a/b/c", "-a", "A/a", "a".repeat(64), "a b"],
  ],
  ["label value", labelValue, ["", "a", "A.b_c-1", "a".repeat(63)], ["-", "a-", "a b", "a".repeat(64), "a/b"]],
  ["port name", portName, ["http", "a-1"], ["", "1", "a--b", "-a", "a-", "HTTP", "abcdefghijklmnop"]],
  ["environment variable", environmentVariableName, ["A", "a.b", "1", "a b"], ["", "a=b", "ä"]],
  ["config map key", configMapKey, ["a", ".a", "A_b"], ["", ".", "..", "..a", "a/b", "a b"]],
  ["percentage", percentage, ["0%", "100%"], ["", "%", "1", "-1%"]],
];

for (const [title, rule, good, bad] of rules) {
  test(`${title}: what is allowed and what is not`, () => {
    for (const value of good) assert.deepEqual(rule(value), [], value);
    for (const value of bad) assert.notDeepEqual(rule(value), [], value);
  });
}

test("a name that is no subdomain is refused in Kubernetes' words", () => {
  assert.deepEqual(dns1123Subdomain("A_B"), [
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
  ]);
});

test("a qualified name says which part is wrong", () => {
  assert.deepEqual(qualifiedName("a/b/c"), [
    "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
  ]);
  assert.match(qualifiedName("/a")[0] ?? "", /^prefix part must be non-empty$/);
  assert.match(qualifiedName("-")[0] ?? "", /^name part must consist/);
});

test("a label with dots is told so", () => assert.deepEqual(dns1123Label("a.b"), ["must not contain dots"]));

test("a prefix of a generated name may end in a dash", () => {
  assert.deepEqual(labelName("web-", true), []);
  assert.notDeepEqual(labelName("web-", false), []);
});

test("ports and path segments", () => {
  assert.deepEqual(portNumber(0), ["must be between 1 and 65535, inclusive"]);
  assert.deepEqual(portNumber(80), []);
  assert.deepEqual(pathSegmentName("a/b%", false), ["may not contain '/'", "may not contain '%'"]);
  assert.deepEqual(pathSegmentName("..", false), ["may not be '..'"]);
  assert.deepEqual(pathSegmentName("system:admin", false), []);
});
