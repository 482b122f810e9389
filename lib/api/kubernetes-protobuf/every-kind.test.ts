import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { messages } from "../../../gen/schema.ts";
import { arbitraryMessage } from "../arbitrary-message.ts";
import { type CompiledMessage, compiledMessage } from "../compiled-schema.ts";
import { decode } from "../decode.ts";
import { namesItself } from "../message-of-kind.ts";
import { isRecord, type JsonRecord } from "../records.ts";
import { emptyValue, fullMessage } from "../testing/message-samples.ts";
import { decodeKubernetesMessage, decodeKubernetesObject } from "./decode.ts";
import { encodeKubernetesMessage, encodeKubernetesObject } from "./encode.ts";
import { hasKubernetesForm } from "./message-plan.ts";

const kinds = Object.keys(messages).filter(hasKubernetesForm);
const schemaName = "apiextensions.v1.JSONSchemaProps";
/** Free-form here, schemas or else in Kubernetes' encoding: they have tests of their own. */
const schemaFields = ["items", "additionalItems", "additionalProperties", "dependencies"];

test("all kinds are tried", () => assert.ok(kinds.length > 150, `only ${kinds.length}`));

test("tables, and messages that are no objects, have no form in Kubernetes' protobuf", () => {
  for (const name of ["meta.v1.Table", "core.v1.Container", "core.v1.CreatePodRequest", "core.v1.Nothing"])
    assert.equal(hasKubernetesForm(name), false, name);
});

test("a message with a value in every field comes back as it was", () => {
  for (const name of kinds) assertComesBack(name, fullMessage(name));
});

test("a message with nothing in it comes back with what is always written, and no more", () => {
  for (const name of kinds) assertComesBack(name, {});
});

test("empty and absent differ where they do in Kubernetes, in every field", () => {
  for (const name of kinds)
    for (const field of compiledMessage(name).fields.values())
      assertComesBack(name, { [field.name]: emptyValue(field) });
});

for (const name of kinds) {
  test(`any ${name} survives JSON and Kubernetes' protobuf`, () => {
    fc.assert(
      fc.property(arbitraryMessage(name), (json) => assertComesBack(name, json)),
      { numRuns: 15 },
    );
  });
}

test("the kind comes back with the envelope", () => {
  for (const [apiVersion, kind] of [
    ["v1", "Pod"],
    ["apps/v1", "DeploymentList"],
    ["v1", "Status"],
    ["policy/v1", "Eviction"],
  ]) {
    const json = { apiVersion, kind, metadata: { resourceVersion: "1" } };
    const message = `${kind === "Status" ? "meta" : apiVersion === "v1" ? "core" : apiVersion?.split("/")[0]}.v1.${kind}`;
    const { object } = decode(message, json);
    assert.deepEqual(decodeKubernetesObject(encodeKubernetesObject(message, object)), { apiVersion, kind, object });
  }
});

function assertComesBack(name: string, json: JsonRecord): void {
  const { object } = decode<JsonRecord>(name, json);
  strip(compiledMessage(name), object);
  assert.deepEqual(decodeKubernetesMessage(name, encodeKubernetesMessage(name, object)), object, name);
}

/** Takes away what the encoding has no place for: the kind of an object within another, and of the object itself. */
function strip(message: CompiledMessage, object: JsonRecord): void {
  if (namesItself(message.name)) {
    delete object["apiVersion"];
    delete object["kind"];
  }
  if (message.name === schemaName) for (const field of schemaFields) delete object[field];
  for (const field of message.fields.values()) {
    const value = object[field.name];
    if (!field.message || !value) continue;
    const parts = Array.isArray(value) ? value : field.map ? Object.values(value) : [value];
    for (const part of parts) if (isRecord(part)) strip(field.message, part);
  }
}
