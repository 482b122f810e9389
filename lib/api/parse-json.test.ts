import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isStatusError } from "../base/status-error.ts";
import { encodeJson } from "./encode-json.ts";
import { duplicateFields, parseJson } from "./parse-json.ts";

test("broken JSON is refused with its place", () => {
  const place = (text: string) => {
    try {
      parseJson(text);
    } catch (error) {
      if (isStatusError(error, "BadRequest")) return error.message;
    }
    return undefined;
  };
  assert.match(place('{\n  "a": 1,\n  b\n}') ?? "", /^invalid JSON: line 3, column 3: /);
  assert.match(place('{"a": ') ?? "", /^invalid JSON: line 1, column 7: /);
  assert.match(place("") ?? "", /^invalid JSON: line 1, column 1: /);
});

test("half a surrogate pair becomes the replacement character", () => {
  assert.deepEqual(parseJson('{"a":"\\ud83d\\ude00","b":"\\ud83d","\\udc00":1}'), {
    a: "😀",
    b: "\ufffd",
    "\ufffd": 1,
  });
});

const texts: [string, string[]][] = [
  ['{"a":1,"b":{"a":1}}', []],
  ['{"a":1,"a":2}', ['duplicate field "a"']],
  [
    '{"spec":{"containers":[{"name":"a"},{"name":"b","name":"c"}]},"spec":1}',
    ['duplicate field "spec.containers[1].name"', 'duplicate field "spec"'],
  ],
  ['{"a":"x:y\\":","b" : "\\\\","c":[":",{"d":":"}]}', []],
  ['{"a\\u0062":1,"ab":2}', ['duplicate field "ab"']],
  ['{"__proto__":1,"__proto__":2}', ['duplicate field "__proto__"']],
  ["1", []],
];
for (const [text, expected] of texts)
  test(`keys given twice are found in ${text}`, () =>
    assert.deepEqual(duplicateFields(text, parseJson(text)), expected));

test("no JSON that was written from a value has duplicates", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, space) => {
      const text = JSON.stringify(value, undefined, space);
      assert.deepEqual(duplicateFields(text, JSON.parse(text)), []);
    }),
  );
});

test("an object's kind is written first", () => {
  assert.equal(
    encodeJson({ metadata: { name: "a" }, apiVersion: "v1", kind: "Pod" }),
    '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a"}}',
  );
});
