import assert from "node:assert/strict";
import { test } from "node:test";
import { messages } from "../../../gen/schema.ts";
import type { ListShape, Shape } from "./shape.ts";
import { shapeOfMessage } from "./shape-of-message.ts";

function at(message: string, path: string): Shape | undefined {
  let shape: Shape | undefined = shapeOfMessage(message);
  for (const step of path.split(".")) {
    if (shape?.kind === "list") shape = shape.element;
    shape = shape?.kind === "record" ? (shape.field(step)?.shape ?? shape.element) : undefined;
  }
  return shape;
}

test("lists are known by their keys, with the keys' defaults", () => {
  const ports = at("core.v1.Pod", "spec.containers.ports");
  assert.equal(ports?.kind, "list");
  const { type, keys } = ports as ListShape;
  assert.deepEqual([type, keys], ["map", [{ name: "containerPort" }, { name: "protocol", default: "TCP" }]]);
  assert.equal((at("core.v1.Pod", "metadata.finalizers") as ListShape).type, "set");
  assert.equal((at("core.v1.Pod", "spec.tolerations") as ListShape).type, "atomic");
});

const atomic: [string, string, boolean][] = [
  ["apps.v1.Deployment", "spec.selector", true],
  ["apps.v1.Deployment", "spec.template", false],
  ["core.v1.Service", "spec.selector", true],
  ["core.v1.Service", "metadata.labels", false],
  ["core.v1.PersistentVolume", "spec.claimRef", false],
];
for (const [message, path, expected] of atomic)
  test(`${path} of ${message} is ${expected ? "" : "not "}owned as a whole`, () => {
    const shape = at(message, path);
    assert.equal(shape?.kind === "record" && shape.isAtomic, expected);
  });

test("structs held by value are always there", () => {
  const shape = shapeOfMessage("apps.v1.Deployment");
  assert.deepEqual(
    shape.alwaysThere.map(({ name }) => name),
    ["metadata", "spec", "status"],
  );
  assert.deepEqual(shapeOfMessage("core.v1.Pod").field("spec")?.whenAbsent, { containers: [] });
});

test("every message of the contracts has a shape, also those that contain themselves", () => {
  for (const name of Object.keys(messages)) {
    const shape = shapeOfMessage(name);
    for (const field of messages[name]?.fields ?? []) assert.ok(shape.field(field.name), `${name}.${field.name}`);
    assert.ok(shape.alwaysThere.length >= 0);
  }
});
