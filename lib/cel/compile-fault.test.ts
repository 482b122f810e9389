import assert from "node:assert/strict";
import { test } from "node:test";
import { CelCompileError, type CelObjectType, compile } from "./compile.ts";

const types = new Map<string, CelObjectType>([
  ["Spec", { fields: { replicas: "int", list: "list<string>" }, make: class {} }],
  ["Object1", { fields: { spec: "Spec", specs: "list<Spec>" }, make: class {} }],
]);
const options = { variables: { object: "Object1" }, types };

const faults: readonly (readonly [string, string])[] = [
  ["object.foo", "ERROR: <input>:1:7: undefined field 'foo'\n | object.foo\n | ......^"],
  ["object.\n  spec.bar", "ERROR: <input>:2:7: undefined field 'bar'\n |   spec.bar\n | ......^"],
  ["foo > 1", "ERROR: <input>:1:1: undeclared reference to 'foo' (in container '')\n | foo > 1\n | ^"],
  [
    "object.spec.replicas == 'a'",
    "ERROR: <input>:1:22: found no matching overload for '_==_' applied to '(int, string)'\n | object.spec.replicas == 'a'\n | .....................^",
  ],
  ["bad(1)", "ERROR: <input>:1:4: undeclared reference to 'bad' (in container '')\n | bad(1)\n | ...^"],
  [
    "1 + size(1)",
    "ERROR: <input>:1:9: found no matching overload for 'size' applied to '(int)'\n | 1 + size(1)\n | ........^",
  ],
  ["object.spec +", "ERROR: <input>:1:14: Syntax error: Unexpected token: EOF\n | object.spec +\n | .............^"],
  ["[?object.foo]", "ERROR: undefined field 'foo'"],
];

for (const [source, message] of faults)
  test(`what is wrong with ${JSON.stringify(source)} is said in Kubernetes' words`, () =>
    assert.throws(
      () => compile(source, options),
      (error) => error instanceof CelCompileError && error.message === `compilation failed: ${message}`,
    ));

test("objects are compared with null", () => {
  for (const source of ["object.spec == null", "null != object", "object.specs[0] == null"])
    assert.equal(compile(source, options).type, "bool");
});
