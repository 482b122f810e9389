import assert from "node:assert/strict";
import { test } from "node:test";
import { isStatusError, type StatusReason } from "../../base/status-error.ts";
import { applyJsonPatch } from "./json-patch.ts";

const works: [string, unknown, object[], unknown][] = [
  ["adds a member", { a: 1 }, [{ op: "add", path: "/b", value: 2 }], { a: 1, b: 2 }],
  ["adds an element", { a: [1, 3] }, [{ op: "add", path: "/a/1", value: 2 }], { a: [1, 2, 3] }],
  [
    "adds at the end",
    { a: [1] },
    [
      { op: "add", path: "/a/-", value: 2 },
      { op: "add", path: "/a/2", value: 3 },
    ],
    { a: [1, 2, 3] },
  ],
  [
    "removes",
    { a: [1, 2], b: 1 },
    [
      { op: "remove", path: "/a/0" },
      { op: "remove", path: "/b" },
    ],
    { a: [2] },
  ],
  [
    "replaces",
    { a: [1], b: 1 },
    [
      { op: "replace", path: "/a/0", value: null },
      { op: "replace", path: "/b", value: {} },
    ],
    { a: [null], b: {} },
  ],
  ["replaces the whole", { a: 1 }, [{ op: "replace", path: "", value: [1] }], [1]],
  ["moves", { a: { b: 1 }, c: {} }, [{ op: "move", from: "/a/b", path: "/c/d" }], { a: {}, c: { d: 1 } }],
  [
    "copies",
    { a: [1] },
    [
      { op: "copy", from: "/a", path: "/b" },
      { op: "add", path: "/b/-", value: 2 },
    ],
    { a: [1], b: [1, 2] },
  ],
  [
    "tests",
    { a: { b: [1, "x"] } },
    [
      { op: "test", path: "/a", value: { b: [1, "x"] } },
      { op: "test", path: "/nosuch", value: null },
    ],
    { a: { b: [1, "x"] } },
  ],
  [
    "reads escapes",
    { "a/b": 1, "m~n": 2, "~1": 3 },
    [
      { op: "remove", path: "/a~1b" },
      { op: "remove", path: "/m~0n" },
      { op: "remove", path: "/~01" },
    ],
    {},
  ],
  ["counts from the end", { a: [1, 2] }, [{ op: "remove", path: "/a/-1" }], { a: [1] }],
  [
    "counts from the end of what will be, where it adds",
    { a: [1] },
    [{ op: "add", path: "/a/-1", value: 2 }],
    { a: [1, 2] },
  ],
  ["takes an index with zeros", { a: [1, 2] }, [{ op: "remove", path: "/a/01" }], { a: [1] }],
  [
    "takes no value for null",
    { b: 1 },
    [
      { op: "add", path: "/a" },
      { op: "replace", path: "/b" },
    ],
    { a: null, b: null },
  ],
  [
    "takes what an object has not for null",
    {},
    [
      { op: "replace", path: "/a", value: 1 },
      { op: "copy", from: "/none", path: "/b" },
      { op: "test", path: "/none" },
    ],
    { a: 1, b: null },
  ],
  ["tests the whole", { a: 1 }, [{ op: "test", path: "", value: { a: 1 } }], { a: 1 }],
  ["takes an empty name", { "": 1 }, [{ op: "replace", path: "/", value: 2 }], { "": 2 }],
];
for (const [title, target, patch, result] of works)
  test(`a JSON patch ${title}`, () => {
    const before = structuredClone(target);
    assert.deepEqual(applyJsonPatch(target, patch), result);
    assert.deepEqual(target, before);
  });

const fails: [string, unknown, unknown, StatusReason][] = [
  ["no list", {}, {}, "BadRequest"],
  ["an operation that is no object", {}, [5], "BadRequest"],
  ["an operation that is no text", {}, [{ op: 5, path: "/a" }], "BadRequest"],
  ["a path that is no text", {}, [{ op: "remove", path: [] }], "BadRequest"],
  ["nothing for an operation", {}, [null], "Invalid"],
  ["an unknown operation", {}, [{ op: "explode", path: "/a" }], "Invalid"],
  ["an inherited operation", {}, [{ op: "toString", path: "/a" }], "Invalid"],
  ["no path", {}, [{ op: "remove" }], "Invalid"],
  ["a path without a slash", {}, [{ op: "add", path: "a", value: 1 }], "Invalid"],
  ["no source", {}, [{ op: "move", path: "/a" }], "Invalid"],
  ["the whole as what is added to", {}, [{ op: "add", path: "", value: {} }], "Invalid"],
  ["the whole as a source", { a: 1 }, [{ op: "copy", from: "", path: "/b" }], "Invalid"],
  ["a text in place of the whole", {}, [{ op: "replace", path: "", value: "x" }], "Invalid"],
  ["a place that is not there", {}, [{ op: "remove", path: "/a" }], "Invalid"],
  ["a parent that is not there", {}, [{ op: "add", path: "/a/b", value: 1 }], "Invalid"],
  ["an index past the end", { a: [] }, [{ op: "add", path: "/a/1", value: 1 }], "Invalid"],
  ["an index before the start", { a: [] }, [{ op: "add", path: "/a/-2", value: 1 }], "Invalid"],
  ["an index that is none", { a: [1] }, [{ op: "remove", path: "/a/1x" }], "Invalid"],
  ["a source that is not there", {}, [{ op: "move", from: "/a", path: "/b" }], "Invalid"],
  ["a test where no object is", {}, [{ op: "test", path: "/a/b", value: null }], "Invalid"],
  ["a test that fails", { a: 1 }, [{ op: "test", path: "/a", value: 2 }], "Invalid"],
  ["a move into itself", { a: {} }, [{ op: "move", from: "/a", path: "/a/b" }], "Invalid"],
  ["an inherited member", {}, [{ op: "remove", path: "/toString" }], "Invalid"],
  ["too many operations", {}, new Array(10_001).fill({ op: "test", path: "", value: {} }), "RequestEntityTooLarge"],
  [
    "copies without end",
    { a: "x".repeat(1000) },
    new Array(4000).fill(0).map((_, index) => ({ op: "copy", from: "/a", path: `/${index}` })),
    "Invalid",
  ],
];
for (const [title, target, patch, reason] of fails)
  test(`${title} is refused`, () =>
    assert.throws(
      () => applyJsonPatch(target, patch),
      (error) => isStatusError(error, reason),
    ));

test("a prototype is no place to patch", () => {
  const result = applyJsonPatch({}, [{ op: "add", path: "/__proto__", value: { polluted: true } }]);
  assert.equal(Object.getPrototypeOf(result), Object.prototype);
  assert.throws(() => applyJsonPatch({}, [{ op: "add", path: "/__proto__/polluted", value: 1 }]));
  assert.throws(() => applyJsonPatch({}, [{ op: "add", path: "/constructor/prototype/polluted", value: 1 }]));
  assert.equal(Reflect.get({}, "polluted"), undefined);
});

test("a patch cannot nest an object without end", () => {
  const copies = Array.from({ length: 600 }, () => ({ op: "copy", from: "/a", path: "/a/a" }));
  const moves = Array.from({ length: 1000 }, () => [
    { op: "add", path: "/b", value: {} },
    { op: "move", from: "/a", path: "/b/a" },
    { op: "move", from: "/b", path: "/a" },
  ]).flat();
  for (const patch of [copies, moves])
    assert.throws(
      () => applyJsonPatch({ a: {} }, patch),
      (error) => isStatusError(error, "Invalid") && error.message.endsWith("exceeded max depth"),
    );
});
