import type { Dice } from "./dice.ts";
import type { FuzzedKind } from "./odd-request.ts";
import { anyJson, bend } from "./odd-text.ts";

const group = "fuzz.example.com";

/** Kinds that the run itself defines, again and again, each time with another schema; few, so that requests meet. */
export const customKinds: readonly [FuzzedKind, ...FuzzedKind[]] = [customKind(0), customKind(1), customKind(2)];

function customKind(number: number): FuzzedKind {
  const subresources = ["status", "scale"];
  const plural = `fuzz${number}s`;
  return {
    group,
    version: "v1",
    plural,
    kind: `Fuzz${number}`,
    namespaced: number !== 2,
    subresources,
    isCustom: true,
  };
}

/** Names of definitions, as paths have them. */
export const definitionNames = [
  "fuzz0s.fuzz.example.com",
  "fuzz1s.fuzz.example.com",
  "fuzz2s.fuzz.example.com",
] as const;

const properties = ["a", "b", "c", "d", "spec", "status"] as const;
const patterns = [
  "^a+$",
  "(a+)+$",
  "(a|a)*b",
  "(x+x+)+y",
  "[",
  "\\p{L}+",
  "(?=a)b",
  "a{1,1000}",
  "((a{1,100}){1,100}){1,100}",
] as const;
const rules = [
  "self == oldSelf",
  "self.all(x, self.all(y, self.all(z, x == y || y == z)))",
  "self.size() > 0",
  "has(self.a) && self.a.matches('(a+)+$')",
  "self.a.b.c.d == 1",
  "1 / 0 == 1",
  "'x'.replace('x', 'xxxxxxxxxx', 100000) == self.a",
  "[1,2,3].map(x, [1,2,3].map(y, x * y)).size() == 3",
  "self.",
  "__proto__ == constructor",
  "true",
  `${"(".repeat(500)}true${")".repeat(500)}`,
  `${"!".repeat(2000)}true`,
  `${Array(500).fill("self.a == 'x'").join(" || ")}`,
  "self.exists(k, k == '__proto__')",
  "quantity(self.a).add(quantity('1')).isGreaterThan(quantity('1'))",
  "url(self.a).getHost() == 'x' && ip(self.b).family() == 4",
] as const;

/** A schema of any shape; most are such as a definition may have. */
function schema(dice: Dice, depth: number): object {
  const node: Record<string, unknown> = {};
  const type = depth === 0 ? dice.pick(["string", "integer", "boolean"]) : dice.pick(types);
  if (!dice.chance(0.03)) node["type"] = type;
  if (type === "object") Object.assign(node, ofObject(dice, depth));
  if (type === "array") Object.assign(node, { items: schema(dice, depth - 1), ...ofArray(dice) });
  if (type === "string") Object.assign(node, ofString(dice));
  if (type === "integer" || type === "number") Object.assign(node, ofNumber(dice));
  if (dice.chance(0.1)) node["default"] = JSON.parse(plainJson(dice));
  if (dice.chance(0.05)) node["nullable"] = true;
  if (dice.chance(0.15)) node["x-kubernetes-validations"] = [{ rule: dice.pick(rules), message: "no" }];
  if (dice.chance(0.03)) node[dice.pick(["oneOf", "anyOf", "allOf"])] = [schema(dice, 0), schema(dice, 0)];
  if (dice.chance(0.02)) node["x-kubernetes-int-or-string"] = true;
  if (dice.chance(0.01)) node[dice.pick(["$ref", "not", "definitions", "uniqueItems"])] = {};
  return node;
}

const types = ["object", "object", "array", "string", "integer", "number", "boolean", "null"] as const;

function ofObject(dice: Dice, depth: number): object {
  const chosen = properties.filter(() => dice.chance(0.5));
  const members = Object.fromEntries(chosen.map((name) => [name, schema(dice, depth - 1)]));
  if (dice.chance(0.15)) return { additionalProperties: dice.chance(0.5) ? schema(dice, depth - 1) : true };
  return {
    properties: members,
    ...(dice.chance(0.2) && { required: [dice.pick(properties)] }),
    ...(dice.chance(0.2) && { "x-kubernetes-preserve-unknown-fields": true }),
    ...(dice.chance(0.05) && { "x-kubernetes-embedded-resource": true }),
    ...(dice.chance(0.05) && { maxProperties: dice.pick([0, 1, -1, 1e9]) }),
  };
}

function ofArray(dice: Dice): object {
  const list = dice.pick(["atomic", "set", "map", "none"]);
  return {
    ...(dice.chance(0.3) && { "x-kubernetes-list-type": list }),
    ...(list === "map" && { "x-kubernetes-list-map-keys": ["a"] }),
    ...(dice.chance(0.2) && { maxItems: dice.pick([0, 1, 1e9]) }),
  };
}

function ofString(dice: Dice): object {
  return {
    ...(dice.chance(0.2) && { pattern: dice.pick(patterns) }),
    ...(dice.chance(0.1) && { format: dice.pick(["date-time", "ipv4", "byte", "none", "uuid", "duration"]) }),
    ...(dice.chance(0.1) && { enum: ["a", "b"] }),
    ...(dice.chance(0.1) && { maxLength: dice.pick([0, 10, 1e9]) }),
  };
}

function ofNumber(dice: Dice): object {
  return {
    ...(dice.chance(0.1) && { multipleOf: dice.pick([0, 0.1, 3]) }),
    ...(dice.chance(0.1) && { minimum: dice.pick([-1, 1e308]) }),
    ...(dice.chance(0.1) && { format: dice.pick(["int32", "int64", "double"]) }),
  };
}

/** JSON that can be read here, too: without what only texts can have. */
function plainJson(dice: Dice): string {
  return anyJson(dice, 2).replaceAll("__proto__", "proto");
}

/** The manifest of one of the run's own kinds. */
export function definition(dice: Dice): string {
  const { plural, kind, namespaced } = dice.pick(customKinds);
  const version = {
    name: "v1",
    served: true,
    storage: true,
    schema: { openAPIV3Schema: { ...schema(dice, 4), type: "object" } },
    ...(dice.chance(0.6) && { subresources: { status: {}, ...(dice.chance(0.5) && { scale: scalePaths }) } }),
    ...(dice.chance(0.3) && {
      additionalPrinterColumns: [{ name: "A", type: "string", jsonPath: dice.pick(jsonPaths) }],
    }),
    ...(dice.chance(0.1) && { selectableFields: [{ jsonPath: dice.pick(jsonPaths) }] }),
  };
  const spec = { group, scope: namespaced ? "Namespaced" : "Cluster", names: { plural, kind }, versions: [version] };
  const text = JSON.stringify({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec,
  });
  return dice.chance(0.2) ? bend(dice, text) : text;
}

const scalePaths = { specReplicasPath: ".spec.a", statusReplicasPath: ".status.a" };
const jsonPaths = [".spec.a", ".a", ".a[*].b", ".a[?(@.b=='c')]", "..a", ".a[", "", ".metadata.labels['x']"] as const;

/** What an object of the run's own kinds has besides metadata: members of a JSON object. */
export function customContent(dice: Dice): string {
  const member = () => `${JSON.stringify(dice.pick(properties))}:${customValue(dice, 4)}`;
  return Array.from({ length: dice.below(5) }, member).join();
}

function customValue(dice: Dice, depth: number): string {
  switch (depth === 0 ? 3 + dice.below(4) : dice.below(7)) {
    case 0:
    case 1: {
      const member = () => `${JSON.stringify(dice.pick(properties))}:${customValue(dice, depth - 1)}`;
      return `{${Array.from({ length: dice.below(4) }, member).join()}}`;
    }
    case 2:
      return `[${Array.from({ length: dice.below(4) }, () => customValue(dice, depth - 1)).join()}]`;
    case 3:
      return String(dice.below(5) - 1);
    case 4:
      return dice.pick(["true", "null", '""', '"10Gi"', '"2020-01-01T00:00:00Z"']);
    case 5:
      return `"${"a".repeat(dice.pick([1, 5, 30, 300, 30_000]))}b"`;
    default:
      return anyJson(dice, 1);
  }
}
