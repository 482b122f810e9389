import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type FieldSchema, type MessageSchema, messages } from "../../gen/schema.ts";

/** Every message and enum of the API, a line of JSON each; they are no part of this repository. */
const path = process.env["API_FACTS"] ?? join(import.meta.dirname, "../../../shared/api-facts/kubernetes-1.34.jsonl");
const missing = existsSync(path) ? false : `no facts at ${path}`;

interface FactField {
  name: string;
  type: string;
  num?: number;
  optional?: true;
  inline?: true;
  patchMergeKey?: string;
  patchStrategy?: string;
  listType?: string;
  listMapKeys?: string[];
  mapType?: string;
  default?: unknown;
}

interface Fact {
  group: string;
  version: string;
  message?: string;
  kind?: true;
  fields?: FactField[];
  enum?: string;
  values?: string[];
}

const facts: Fact[] = missing
  ? []
  : readFileSync(path, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));

/** Messages that have another form here, and why. */
const elsewhere: Record<string, string> = {
  ...from("a string", ["meta.v1.Time", "meta.v1.MicroTime", "meta.v1.Timestamp", "meta.v1.Duration"]),
  ...from("plain JSON", ["meta.v1.FieldsV1", "apiextensions.v1.JSON", "apiextensions.v1.JSONSchemaPropsOrArray"]),
  ...from("plain JSON", ["apiextensions.v1.JSONSchemaPropsOrBool", "apiextensions.v1.JSONSchemaPropsOrStringArray"]),
  ...from("its fields stand in its owner", ["meta.v1.TypeMeta", "core.v1.EphemeralContainerCommon"]),
  ...from("its fields stand in its owner", ["core.v1.PersistentVolumeSource", "core.v1.VolumeSource"]),
  ...from("its fields stand in its owner", ["core.v1.ProbeHandler", "networking.v1.IngressRuleValue"]),
  ...from("its fields stand in its owner", ["admissionregistration.v1.Rule", "resource.v1.DeviceConfiguration"]),
  ...from("meta.v1.Preconditions", ["core.v1.Preconditions"]),
};

function from(why: string, names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, why]));
}

/** Go's names of maps and lists that have a name of their own. */
const namedCollections: Record<string, string> = {
  Verbs: "[]string",
  ResourceList: "map[string]resource.Quantity",
  ValidationRules: "[]ValidationRule",
  JSONSchemaDependencies: "map[string]JSON",
  JSONSchemaDefinitions: "map[string]JSONSchemaProps",
};

/** What the types that are no messages are in the contracts. */
const plainTypes: Record<string, FieldSchema["type"]> = {
  "resource.Quantity": "quantity",
  "meta.Time": "time",
  Time: "time",
  "meta.MicroTime": "microTime",
  "meta.Duration": "duration",
  "time.Duration": "duration",
  "intstr.IntOrString": "intOrString",
  "runtime.RawExtension": "json",
  "interface{}": "json",
  "meta.FieldsV1": "json",
  FieldsV1: "json",
  JSON: "json",
  JSONSchemaPropsOrArray: "json",
  JSONSchemaPropsOrBool: "json",
  ExtraValue: "stringList",
  bytes: "bytes",
  float64: "double",
  bool: "bool",
  int32: "int32",
  int64: "int64",
};

const packages: Record<string, string> = {
  "": "core",
  "custom.metrics.k8s.io": "custommetrics",
  "external.metrics.k8s.io": "externalmetrics",
};

const factsByName = new Map<string, Fact>();
for (const fact of facts) if (fact.message) factsByName.set(nameIn(fact, fact.message), fact);

function nameIn({ group, version }: Fact, type: string): string {
  return `${packages[group] ?? group.split(".")[0]}.${version}.${type}`;
}

/** `core.ObjectReference`, or a type of the same package. */
function nameOfType(owner: Fact, type: string): string {
  const dot = type.lastIndexOf(".");
  if (dot < 0) return nameIn(owner, type);
  // Aliases of packages in Go: `corecore` is core, `authenticationcore` is authentication.
  const alias = type.slice(0, dot).replace(/(?<=.)core$/, "");
  const packageName = factsByName.has(`${alias}.v1.${type.slice(dot + 1)}`) ? alias : "meta";
  return `${packageName}.v1.${type.slice(dot + 1)}`;
}

interface Flat extends FactField {
  owner: Fact;
  path: string;
}

/** The fields of a message with those of its inlined structs, and where they are in Kubernetes' own encoding. */
function flatten(fact: Fact, prefix = ""): Flat[] {
  return (fact.fields ?? []).flatMap((field) => {
    if (!field.inline) return [{ ...field, owner: fact, path: `${prefix}${field.num}` }];
    const inlined = factsByName.get(nameOfType(fact, field.type.replace("*", "")));
    assert.ok(inlined || /TypeMeta$/.test(field.type), `${fact.message}.${field.name}: nothing known of ${field.type}`);
    return inlined && inlined.message !== "TypeMeta" ? flatten(inlined, `${prefix}${field.num}.`) : [];
  });
}

/** The messages that are both in the facts and in the contracts. */
function both(): [string, MessageSchema, Fact][] {
  return [...factsByName].flatMap(([name, fact]): [string, MessageSchema, Fact][] => {
    const ours = messages[name];
    return ours ? [[name, ours, fact]] : [];
  });
}

/** What the contract of a field has to be. */
function expected(field: Flat): Record<string, unknown> {
  const shape = shapeOf(field.owner, field.type);
  return {
    ...shape,
    omitEmpty: field.optional,
    patchMergeKey: field.patchMergeKey,
    patchStrategy: field.patchStrategy,
    listType: field.listType,
    listMapKeys: field.listMapKeys,
    mapType: field.mapType,
    ...(field.num === undefined ? {} : { path: field.path }),
  };
}

function shapeOf(owner: Fact, goType: string): Record<string, unknown> {
  let type = goType;
  const pointer = type.startsWith("*") || undefined;
  if (pointer) type = type.slice(1);
  type = namedCollections[type.replace(/^.*\./, "")] ?? type;
  type = type.replace(/\[\]byte$/, "bytes");
  const map = type.startsWith("map[") || undefined;
  type = type.replace(/^map\[[^\]]*\]/, "");
  const repeated = type.startsWith("[]") || undefined;
  type = type.replace(/^\[\]/, "");
  const name = nameOfType(owner, type);
  const plain = plainTypes[type];
  if (plain) return { pointer, map, repeated, type: plain, message: undefined };
  if (factsByName.has(name)) return { pointer, map, repeated, type: "message", message: name };
  return { pointer, map, repeated, type: "string", message: undefined };
}

function actual(field: FieldSchema, keys: string[]): Record<string, unknown> {
  const all: Record<string, unknown> = { ...field, path: field.wirePath ?? String(field.number) };
  return Object.fromEntries(keys.map((key) => [key, all[key]]));
}

test("every message of the API has a contract", { skip: missing }, () => {
  const absent = [...factsByName.keys()].filter((name) => !Object.hasOwn(messages, name) && !elsewhere[name]);
  assert.deepEqual(absent, []);
});

test("every field has its name, number, type and rules, and no contract has more", { skip: missing }, () => {
  let checked = 0;
  for (const [name, ours, fact] of both()) {
    const left = new Map(ours.fields.map((field) => [field.name, field]));
    for (const field of flatten(fact)) {
      const contract = left.get(field.name);
      assert.ok(contract, `${name}.${field.name} is missing`);
      const rules = expected(field);
      assert.deepEqual(actual(contract, Object.keys(rules)), rules, `${name}.${field.name}`);
      left.delete(field.name);
      checked++;
    }
    const kind = fact.kind ? ["apiVersion", "kind"] : [];
    assert.deepEqual([...left.keys()].sort(), kind, `${name} has more fields than Kubernetes knows`);
  }
  assert.ok(checked > 2000, `only ${checked} fields`);
});

test("every default is the one of Kubernetes", { skip: missing }, () => {
  const constants: Record<string, string> = {
    "ref(AzureDataDiskCachingReadWrite)": '"ReadWrite"',
    "ref(AzureSharedBlobDisk)": '"Shared"',
  };
  for (const [name, ours, fact] of both()) {
    for (const field of flatten(fact)) {
      if (field.default === undefined) continue;
      const wanted = typeof field.default === "string" ? field.default : JSON.stringify(field.default);
      const contract = ours.fields.find((candidate) => candidate.name === field.name);
      assert.equal(contract?.default, constants[wanted] ?? wanted, `${name}.${field.name}`);
    }
  }
});

test("a field that lists its values lists all of them", { skip: missing }, () => {
  const enums = new Map(facts.flatMap((fact) => (fact.enum ? [[nameIn(fact, fact.enum), fact.values ?? []]] : [])));
  for (const [name, ours, fact] of both()) {
    for (const field of flatten(fact)) {
      const values = enums.get(nameOfType(field.owner, field.type.replace(/^[*[\]]+|^map\[[^\]]*\]/g, "")));
      const contract = ours.fields.find((candidate) => candidate.name === field.name);
      if (values && contract?.enum)
        assert.deepEqual([...contract.enum].sort(), [...values].sort(), `${name}.${field.name}`);
    }
  }
});
