import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  canonicalSet,
  difference,
  type FieldSet,
  FieldSetBuilder,
  intersection,
  places,
  recursiveDifference,
  sameSets,
  sortedSet,
  union,
} from "./field-set.ts";
import { pathText } from "./path-element.ts";

const element = fc.constantFrom("f:a", "f:b", "f:c", 'k:{"name":"x"}', 'v:"y"');
const path = fc.array(element, { minLength: 1, maxLength: 4 });
const paths = fc.array(path, { maxLength: 12 });

function setOf(list: readonly (readonly string[])[]): FieldSet {
  const builder = new FieldSetBuilder();
  for (const one of list) builder.insert(one);
  return builder.build();
}

const keysOf = (set: FieldSet) => new Set([...places(set)].map((place) => place.join("/")));
const keys = (list: readonly (readonly string[])[]) => new Set(list.map((one) => one.join("/")));

test("sets have the places that were inserted", () => {
  fc.assert(fc.property(paths, (list) => assert.deepEqual(keysOf(setOf(list)), keys(list))));
});

test("set operations are those of sets of paths", () => {
  fc.assert(
    fc.property(paths, paths, (one, other) => {
      const [left, right] = [setOf(one), setOf(other)];
      const [inLeft, inRight] = [keys(one), keys(other)];
      assert.deepEqual(keysOf(union(left, right)), new Set([...inLeft, ...inRight]));
      assert.deepEqual(keysOf(intersection(left, right)), new Set([...inLeft].filter((key) => inRight.has(key))));
      assert.deepEqual(keysOf(difference(left, right)), new Set([...inLeft].filter((key) => !inRight.has(key))));
      const below = [...inLeft].filter((key) => ![...inRight].some((top) => `${key}/`.startsWith(`${top}/`)));
      assert.deepEqual(keysOf(recursiveDifference(left, right)), new Set(below));
    }),
  );
});

test("operations change no argument, and equal sets are the same in order", () => {
  fc.assert(
    fc.property(paths, paths, (one, other) => {
      const [left, right] = [setOf(one), setOf(other)];
      const before = JSON.stringify([left, right]);
      const [joined, swapped] = [union(left, right), union(right, left)];
      difference(left, right);
      intersection(left, right);
      assert.equal(JSON.stringify([left, right]), before);
      assert.ok(sameSets(joined, swapped));
      assert.equal(JSON.stringify(sortedSet(joined)), JSON.stringify(sortedSet(swapped)));
    }),
  );
});

test("steps are stored in Kubernetes' order and form", () => {
  const set = { 'v:"b"': {}, 'k:{"protocol":"TCP","containerPort":80}': {}, "f:b": {}, ".": {}, "f:a": {}, "x:": {} };
  assert.deepEqual(Object.keys(sortedSet(canonicalSet(set))), [
    ".",
    "f:a",
    "f:b",
    'k:{"containerPort":80,"protocol":"TCP"}',
    'v:"b"',
  ]);
  const ports = { 'k:{"port":443}': {}, 'k:{"port":80}': {} };
  assert.deepEqual(Object.keys(sortedSet(ports)), ['k:{"port":80}', 'k:{"port":443}']);
});

test("paths are written as Kubernetes writes them", () => {
  const text = pathText([
    "f:spec",
    "f:containers",
    'k:{"name":"a"}',
    "f:ports",
    'k:{"containerPort":80,"protocol":"TCP"}',
  ]);
  assert.equal(text, '.spec.containers[name="a"].ports[containerPort=80,protocol="TCP"]');
  assert.equal(pathText(["f:metadata", "f:finalizers", 'v:"x/y"']), '.metadata.finalizers[="x/y"]');
});

test("places below one with very many others are collected in time that grows with them", () => {
  const builder = new FieldSetBuilder();
  for (let index = 0; index < 50_000; index++) builder.insert(["f:a", `f:${index}`, "f:b"]);
  builder.insert(["f:a"]);
  const all = builder.build()["f:a"] ?? {};
  assert.equal(Object.keys(all).length, 50_001);
  assert.deepEqual([all["."], all["f:7"]], [{}, { "f:b": {} }]);
});
