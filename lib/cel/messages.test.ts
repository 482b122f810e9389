import assert from "node:assert/strict";
import { test } from "node:test";
import { CelCompileError, CelEvaluationError, compile } from "./compile.ts";
import { jsonOf } from "./json-value.ts";
import { readMessages } from "./message-syntax.ts";
import { MessageTypes, propertyOf } from "./messages.ts";
import { celValue, escapeProperty } from "./values.ts";

const patch = { op: "string", path: "string", from: "string", value: "dyn" };
const types = () =>
  new MessageTypes((name) => (name === "JSONPatch" ? patch : /^Object\b/.test(name) ? "any" : undefined));

const make = (source: string, object: unknown = {}, result?: string) => {
  const messages = types();
  const expression = compile(source, { variables: { object: "dyn" }, messages, ...(result && { result }) });
  return jsonOf(expression.evaluate({ object: celValue(object) }, { remaining: 1_000_000 }));
};

const made: readonly (readonly [string, unknown, unknown?])[] = [
  ["Object{}", {}],
  ["Object{spec: Object.spec{replicas: 3}}", { spec: { replicas: 3 } }],
  ["Object{ metadata : Object.metadata{labels: {'a/b': 'c'}} }", { metadata: { labels: { "a/b": "c" } } }],
  ["Object{spec: Object.spec{list: [Object.spec.list{name: 'a'}]}}", { spec: { list: [{ name: "a" }] } }],
  [
    "Object{spec: Object.spec{list: object.names.map(n, Object.spec.list{name: n})}}",
    { spec: { list: [{ name: "a" }] } },
    { names: ["a"] },
  ],
  ["object.on ? Object{a: 1} : Object{}", { a: 1 }, { on: true }],
  ["Object{?a: object.?a, ?b: object.?b}", { b: 2 }, { b: 2 }],
  ["Object{a__dash__b: 1, in: 2, namespace: 'x'}", { "a-b": 1, in: 2, namespace: "x" }],
  ["Object{a: Object.a{b: 1}}.a.b", 1],
  ["cel.bind(m, Object{a: 1}, has(m.a) && !has(m.b))", true],
  ["Object{a: 1} == Object{a: 1}", true],
  ["[JSONPatch{op: 'add', path: '/a', value: {'b': 1.5}}]", [{ op: "add", path: "/a", value: { b: 1.5 } }]],
  ["[JSONPatch{op: 'add', path: '/a'}].map(p, p.path)", ["/a"]],
  ["object.on ? [JSONPatch{op: 'remove', path: '/a'}] : []", [], { on: false }],
  ["[?object.?a, 2, ?optional.of(3)]", [2, 3]],
  ["{?'a': object.?a, 'b': 1, ?'c': optional.of(2)}", { b: 1, c: 2 }],
  ["{'a': object.on ? 1 : 2}", { a: 1 }, { on: true }],
  ["'a' in {'a': 1}", true],
  ["'Object{a: 1}' + \"Object{}\"", "Object{a: 1}Object{}"],
  ["// Object{\nObject{a: 1 // }\n}", { a: 1 }],
  ["jsonpatch.escapeKey('a/b~c')", "a~1b~0c"],
  ["optional.ofNonZeroValue('').hasValue() || optional.ofNonZeroValue([]).hasValue()", false],
  ["optional.ofNonZeroValue(1).value()", 1],
  ["'%s'.format([{'a': 1}])", "{a: 1}"],
];

for (const [source, expected, object] of made)
  test(`${source} makes ${JSON.stringify(expected)}`, () => assert.deepEqual(make(source, object), expected));

const faults: readonly (readonly [string, RegExp, string?])[] = [
  ["Other{a: 1}", /undeclared reference to 'Other'/],
  ["JSONPatch{wrong: 1}", /undefined field 'wrong'/],
  ["JSONPatch{op: 1}", /expected type of field 'op' is 'string' but provided type is 'int'/],
  ["Object{?a: 1}", /expected an optional value, got 'int'/],
  ["Object.spec{}", /must evaluate to Object$/, "Object"],
  ["[1]", /must evaluate to list\(JSONPatch\)$/, "list<JSONPatch>"],
  ["Object{a: }", /compilation failed: ERROR: Syntax error: Unexpected token/],
  ["Object{a: 1", /compilation failed/],
];

for (const [source, message, result] of faults)
  test(`${source} is refused`, () =>
    assert.throws(
      () => make(source, {}, result),
      (error) => error instanceof CelCompileError && message.test(error.message),
    ));

test("an expression without a type for messages makes none", () => {
  assert.throws(() => compile("Object{a: 1}", { variables: {} }), /undeclared reference to 'Object'/);
});

test("messages go from one expression to another", () => {
  const messages = types();
  const sources = ["Object.spec{replicas: 2}", "Object{spec: variables.spec}", "variables.spec.replicas"];
  for (const source of sources) messages.declareIn(source);
  const budget = { remaining: 1000 };
  const run = (source: string, variables: unknown) =>
    compile(source, { variables: { variables: "dyn" }, messages }).evaluate({ variables }, budget);
  const spec = run(sources[0] ?? "", null);
  const variables = new Map([["spec", spec]]);
  assert.deepEqual(jsonOf(run(sources[1] ?? "", variables)), { spec: { replicas: 2 } });
  assert.equal(run(sources[2] ?? "", variables), 2n);
});

test("an optional part that is no optional fails when it is evaluated", () => {
  assert.throws(() => make("[?object.a]", { a: 1 }), CelEvaluationError);
});

test("what has no messages is left as it is", () => {
  for (const source of ["a ? {'b': c} : {}", "x in {'y': 1}", "a[?'b']", "'{' + r'Object{}'", "a[0].b", "f({})"])
    assert.deepEqual(readMessages(source), { text: source, messages: new Set() });
});

test("fields stand for the properties that they escape", () => {
  for (const name of ["a-b", "a.b/c", "a__b", "in", "plain", "namespace"])
    assert.equal(propertyOf(escapeProperty(name) ?? ""), name);
});
