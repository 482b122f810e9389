import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isRecord, type JsonRecord } from "../records.ts";
import { contractDefinition } from "./contract-definition.ts";
import { plainNames } from "./definition-names.ts";
import { referencedNames } from "./open-api-version.ts";

/** Every message of the API, a line of JSON each; they are no part of this repository. */
const path =
  process.env["API_FACTS"] ?? join(import.meta.dirname, "../../../../shared/api-facts/kubernetes-1.34.jsonl");
const missing = existsSync(path) ? false : `no facts at ${path}`;

interface Fact {
  group: string;
  version: string;
  message?: string;
  kind?: true;
  fields?: FactField[];
}

interface FactField {
  name: string;
  type: string;
  optional?: true;
  inline?: true;
  patchMergeKey?: string;
  listType?: string;
}

const facts: Fact[] = missing
  ? []
  : readFileSync(path, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
const byName = new Map(facts.flatMap((fact) => (fact.message ? [[nameOf(fact, fact.message), fact]] : [])));

function nameOf({ group, version }: Fact, type: string): string {
  if (group === "meta") return `io.k8s.apimachinery.pkg.apis.meta.${version}.${type}`;
  if (group === "apiextensions.k8s.io")
    return `io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.${version}.${type}`;
  if (group === "apiregistration.k8s.io") return `io.k8s.kube-aggregator.pkg.apis.apiregistration.${version}.${type}`;
  if (group.endsWith("metrics.k8s.io"))
    return `io.k8s.metrics.pkg.apis.${group.replace(".k8s.io", "").replace(".", "_")}.${version}.${type}`;
  return `io.k8s.api.${group === "" ? "core" : group.split(".")[0]}.${version}.${type}`;
}

/** A type's fields with those of the structs that stand directly in it. */
function fieldsOf(fact: Fact): (FactField & { owner: Fact })[] {
  return (fact.fields ?? []).flatMap((field) => {
    if (!field.inline) return [{ ...field, owner: fact }];
    const inlined = byName.get(nameOfType(fact, field.type.replace("*", "")));
    return inlined && inlined.message !== "TypeMeta" ? fieldsOf(inlined) : [];
  });
}

function nameOfType(owner: Fact, type: string): string {
  const dot = type.lastIndexOf(".");
  if (dot < 0) return nameOf(owner, type);
  const name = type.slice(dot + 1);
  const candidates = [nameOf({ group: "", version: "v1" }, name), nameOf({ group: "meta", version: "v1" }, name)];
  if (type.startsWith("meta.")) candidates.reverse();
  const authentication = nameOf({ group: "authentication.k8s.io", version: "v1" }, name);
  return [...candidates, authentication].find((each) => byName.has(each)) ?? "";
}

const scalars: Record<string, string> = {
  bool: "boolean",
  int32: "integer int32",
  int64: "integer int64",
  "time.Duration": "integer int64",
  float64: "number double",
  string: "string",
};
const collections: Record<string, string> = {
  Verbs: "[]string",
  ResourceList: "map[string]resource.Quantity",
  ValidationRules: "[]ValidationRule",
  JSONSchemaDefinitions: "map[string]JSONSchemaProps",
  ExtraValue: "[]string",
};
const plain: Record<string, string> = {
  "resource.Quantity": plainNames.quantity,
  "intstr.IntOrString": plainNames.intOrString,
  "runtime.RawExtension": plainNames.rawExtension,
  Time: plainNames.time,
  MicroTime: plainNames.microTime,
  Duration: plainNames.duration,
  FieldsV1: plainNames.fieldsV1,
  JSON: plainNames.json,
  JSONSchemaPropsOrArray: plainNames.schemaOrArray,
  JSONSchemaPropsOrBool: plainNames.schemaOrBool,
};

/** `array of #/definitions/…Container`, `map of string`: what a type in Go is in OpenAPI. */
function wanted(owner: Fact, goType: string): string {
  const type = goType.replace(/^\*/, "");
  const collection = collections[type.replace(/^.*\./, "")];
  if (collection) return wanted(owner, collection);
  if (type === "[]byte") return "string byte";
  if (type.startsWith("[]")) return `array of ${wanted(owner, type.slice(2))}`;
  if (type.startsWith("map[")) return `map of ${wanted(owner, type.replace(/^map\[[^\]]*\]/, ""))}`;
  const found = plain[type] ?? plain[type.replace(/^meta\./, "")];
  if (found) return `#/definitions/${found}`;
  const name = nameOfType(owner, type);
  if (byName.has(name)) return `#/definitions/${name}`;
  return scalars[type] ?? "string";
}

function actual(schema: unknown): string {
  assert.ok(isRecord(schema));
  if (typeof schema["$ref"] === "string") return schema["$ref"];
  if (schema["type"] === "array") return `array of ${actual(schema["items"])}`;
  if (schema["additionalProperties"]) return `map of ${actual(schema["additionalProperties"])}`;
  return [schema["type"], schema["format"]].filter(Boolean).join(" ");
}

/** Spans of time are numbers where Go counts nanoseconds, which only answers of metrics do. */
const otherwise = new Set(["window"]);

function definitionsWithFacts(): [string, JsonRecord, Fact][] {
  return [...byName].flatMap(([name, fact]): [string, JsonRecord, Fact][] => {
    const definition = contractDefinition(name, 2);
    return definition && isRecord(definition["properties"]) ? [[name, definition, fact]] : [];
  });
}

test("every definition has the properties of Kubernetes, of the same types", { skip: missing }, () => {
  let checked = 0;
  for (const [name, definition, fact] of definitionsWithFacts()) {
    const left = { ...(definition["properties"] as JsonRecord) };
    for (const field of fieldsOf(fact)) {
      const property = left[field.name];
      assert.ok(property !== undefined, `${name}.${field.name} is missing`);
      delete left[field.name];
      if (otherwise.has(field.name)) continue;
      if (field.type === "JSONSchemaDependencies" || field.type.endsWith("interface{}")) continue;
      assert.equal(actual(property), wanted(field.owner, field.type), `${name}.${field.name}`);
      checked++;
    }
    assert.deepEqual(Object.keys(left), fact.kind ? ["apiVersion", "kind"] : [], name);
  }
  assert.ok(checked > 2000, `only ${checked} properties`);
});

test("what is required is always written by Kubernetes", { skip: missing }, () => {
  for (const [name, definition, fact] of definitionsWithFacts()) {
    const required = new Set(Array.isArray(definition["required"]) ? definition["required"] : []);
    for (const field of fieldsOf(fact)) {
      if (required.has(field.name)) assert.ok(!field.optional, `${name}.${field.name}`);
    }
  }
});

test("every reference leads to a definition, in both versions", { skip: missing }, () => {
  for (const [name] of definitionsWithFacts()) {
    for (const version of [2, 3] as const)
      for (const target of referencedNames(contractDefinition(name, version)))
        assert.ok(contractDefinition(target, version), `${name} refers to ${target}`);
  }
});

test("lists, maps and kinds say how they are merged and what they are", () => {
  const property = (name: string, field: string, version: 2 | 3 = 2) => {
    const properties = contractDefinition(name, version)?.["properties"];
    return isRecord(properties) ? (properties[field] as JsonRecord) : {};
  };
  const containers = property("io.k8s.api.core.v1.PodSpec", "containers");
  assert.equal(containers["x-kubernetes-patch-merge-key"], "name");
  assert.equal(containers["x-kubernetes-patch-strategy"], "merge");
  const ports = property("io.k8s.api.core.v1.Container", "ports");
  assert.deepEqual(ports["x-kubernetes-list-map-keys"], ["containerPort", "protocol"]);
  assert.equal(contractDefinition("io.k8s.api.core.v1.ObjectReference", 2)?.["x-kubernetes-map-type"], "atomic");
  assert.deepEqual(contractDefinition("io.k8s.api.core.v1.Pod", 2)?.["x-kubernetes-group-version-kind"], [
    { group: "", kind: "Pod", version: "v1" },
  ]);
  const options = contractDefinition("io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions", 2);
  const kinds = options?.["x-kubernetes-group-version-kind"];
  assert.ok(Array.isArray(kinds) && kinds.length > 15);
  const protocol = property("io.k8s.api.core.v1.ContainerPort", "protocol", 3);
  assert.equal(protocol["default"], "TCP");
  assert.equal(property("io.k8s.api.core.v1.ContainerPort", "protocol")["default"], undefined);
});
