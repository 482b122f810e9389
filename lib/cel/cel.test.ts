import assert from "node:assert/strict";
import { test } from "node:test";
import { CelCompileError, CelEvaluationError, compile } from "./compile.ts";
import { nowhere } from "./cost/sizes.ts";
import { BudgetExceeded } from "./meter.ts";
import { celValue, escapeProperty } from "./values.ts";

const evaluate = (source: string, values: Record<string, unknown> = {}) => {
  const variables = Object.fromEntries(Object.keys(values).map((name) => [name, "dyn"]));
  const bindings = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, celValue(value)]));
  return compile(source, { variables }).evaluate(bindings, { remaining: 1_000_000 });
};

const truths: readonly (readonly [string, Record<string, unknown>?])[] = [
  ["self.replicas <= 3", { self: { replicas: 3 } }],
  ["self.a == 1.5 && self.b > 1", { self: { a: 1.5, b: 2 } }],
  ["self.list.all(x, x.n > 0)", { self: { list: [{ n: 1 }, { n: 2 }] } }],
  ["has(self.a) && !has(self.b)", { self: { a: 1 } }],
  ["has(self['a-b'].c) && !has(self['a-b'].d)", { self: { "a-b": { c: 1 } } }],
  ["self.m.all(k, k.startsWith('a'))", { self: { m: { a: 1, ab: 2 } } }],
  ["self == old", { self: { a: [1, 2] }, old: { a: [1, 2] } }],
  ["'abc'.matches('^a.c$')"],
  ["[1, 2, 3].isSorted() && [1, 2].sum() == 3 && [3, 1].min() == 1 && [3, 1].max() == 3"],
  ["['a', 'b'].indexOf('b') == 1 && ['a', 'a'].lastIndexOf('a') == 1"],
  ["sets.contains([1, 2], [2]) && sets.equivalent([1, 2], [2, 1]) && !sets.intersects([1], [2])"],
  ["'a-1 b-2'.find('[0-9]+') == '1' && 'a1b2'.findAll('[0-9]') == ['1', '2']"],
  ["url('https://example.com:80/path?k=v').getHost() == 'example.com:80'"],
  ["isURL('https://example.com') && !isURL('no url')"],
  ["quantity('1Gi').isGreaterThan(quantity('500Mi')) && isQuantity('1k') && quantity('2').asInteger() == 2"],
  ["quantity('1').add(quantity('1')) == quantity('2')"],
  ["ip('127.0.0.1').isLoopback() && ip('::1').family() == 6 && isIP('10.0.0.1') && !isIP('x')"],
  ["cidr('10.0.0.0/8').containsIP('10.1.2.3') && cidr('10.0.0.0/8').prefixLength() == 8"],
  ["ip.isCanonical('2001:db8::1')"],
  ["!format.dns1123Label().validate('my-name').hasValue()"],
  ["format.named('dns1123Label').value().validate('Bad_').hasValue()"],
  ["semver('1.2.3').isLessThan(semver('1.10.0'))"],
  ["'%s is %d'.format(['a', 1]) == 'a is 1'"],
  ["self.?a.orValue(2) == 2", { self: {} }],
  ["self.?a.optMap(v, v + 1).orValue(0) == 3", { self: { a: 2 } }],
  ["duration('1h') > duration('59m') && timestamp('2020-01-01T00:00:00Z') < timestamp('2021-01-01T00:00:00Z')"],
  ["type(self.a) == int && type(self.b) == string", { self: { a: 1, b: "x" } }],
  ["self.a in ['x', 'y']", { self: { a: "x" } }],
  ["self.list.map(i, i.name).exists(n, n == 'b')", { self: { list: [{ name: "a" }, { name: "b" }] } }],
  ["'TacoCat'.lowerAscii() == 'tacocat' && 'a,b'.split(',').size() == 2 && 'aa'.replace('a', 'b') == 'bb'"],
];

for (const [source, values] of truths) test(`${source} is true`, () => assert.equal(evaluate(source, values), true));

test("an expression that does not fit its types is refused", () => {
  const types = new Map([["Object1", { fields: { replicas: "int" }, make: class {} }]]);
  const variables = { self: "Object1" };
  assert.throws(() => compile("self.wrong > 1", { variables, types }), CelCompileError);
  assert.throws(() => compile("self.replicas", { variables, types, result: "bool" }), /must evaluate to bool/);
  assert.throws(() => compile("self.", { variables, types }), /compilation failed/);
  assert.equal(compile("self.replicas > 1", { variables, types, result: "bool" }).type, "bool");
});

test("an expression that is nested too deeply for whoever walks through it is refused", () => {
  const nested = (depth: number) => compile(`${"!".repeat(depth)}a`, { variables: { a: "bool" } });
  assert.ok(nested(900).costMax(nowhere) > 0);
  for (const depth of [1500, 2500, 100_000]) assert.throws(() => nested(depth), CelCompileError);
});

test("a chain of conditions may be long, and answers what a short one does", () => {
  const conditions = (count: number, operator: string) =>
    Array.from({ length: count }, (_, index) => `a == ${index}`).join(operator);
  for (const count of [1, 2, 3, 4, 5, 6, 7, 8, 9])
    for (const a of [0, count >> 1, count - 1, count])
      assert.equal(evaluate(conditions(count, " || "), { a }), a < count, `${a} of ${count}`);
  const long = `a > 0 && (${conditions(1_500, " || ")}) && [a].all(x, !(${conditions(1_500, " && ")}))`;
  assert.equal(evaluate(long, { a: 1_499 }), true);
});

test("a chain of conditions may have one that fails where another decides", () => {
  assert.equal(evaluate("self.a && self.b && true && false", { self: { b: true } }), false);
  assert.throws(() => evaluate("self.a && self.b && true && true", { self: { b: true } }), {
    message: "no such key: a",
  });
  assert.throws(() => evaluate("true && false && 1 == 1 && 'a' && true"), /requires bool operands, got 'string'\n/);
});

test("conditions that fail cost no more where the expression is long", () => {
  const list = Array.from({ length: 2_000 }, () => ({ c: true }));
  const secondsAt = (length: number) => {
    const started = process.cpuUsage();
    assert.equal(evaluate(`self.all(x, x.a || x.b || x.c) // ${"-".repeat(length)}`, { self: list }), true);
    return process.cpuUsage(started).user / 1e6;
  };
  secondsAt(1);
  assert.ok(secondsAt(90_000) < 6 * secondsAt(1));
});

test("what is no chain of conditions is refused where it is nested too deeply", () => {
  assert.throws(() => evaluate(Array.from({ length: 2_000 }, () => "1").join(" + ")), /recursion limit exceeded/);
  const mixed = "true && (false || ".repeat(200);
  assert.equal(evaluate(`${mixed}true${")".repeat(200)}`), true);
});

test("lists in expressions may be long", () => {
  const list = Array.from({ length: 15_000 }, (_, index) => index).join(",");
  assert.equal(evaluate(`a in [${list}]`, { a: 14_999 }), true);
});

test("an expression may have a hundred thousand characters", () => {
  const text = "\u{1f600}".repeat(99_998);
  assert.equal(evaluate(`"${text}"`), text);
  assert.throws(() => evaluate(`"${"x".repeat(99_999)}"`), /code point size exceeds limit: size: 100001, limit 100000/);
});

test("an expression that fails says why", () => {
  assert.throws(() => evaluate("self.a == 1", { self: {} }), { message: "no such key: a", name: "CelEvaluationError" });
  assert.throws(() => evaluate("1 / 0 == 1"), CelEvaluationError);
});

test("an expression that costs too much is stopped", () => {
  const list = Array.from({ length: 200 }, (_, index) => index);
  assert.throws(
    () => evaluate("self.all(a, self.all(b, self.all(c, a + b + c >= 0)))", { self: list }),
    BudgetExceeded,
  );
});

test("names that are no identifiers are escaped", () => {
  assert.deepEqual(["a-b", "a.b", "a/b", "a__b", "in", "1a"].map(escapeProperty), [
    "a__dash__b",
    "a__dot__b",
    "a__slash__b",
    "a__underscores__b",
    "__in__",
    undefined,
  ]);
});

test("no pattern takes long", () => {
  const started = process.cpuUsage();
  assert.equal(evaluate("self.matches('^(a+)+$')", { self: `${"a".repeat(40)}b` }), false);
  assert.throws(() => evaluate("self.find('(a+)+b') == ''", { self: `${"a".repeat(40)}b` }), CelEvaluationError);
  assert.ok(process.cpuUsage(started).user < 2_000_000);
});
