import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { printJsonPath } from "./json-path-output.ts";

const object = {
  kind: "List",
  items: [
    { metadata: { name: "a", labels: { "app.kubernetes.io/name": "x" } }, spec: { size: 1 }, ok: true },
    {
      metadata: { name: "b" },
      spec: {
        size: 22,
        list: [
          { type: "Ready", status: "True" },
          { type: "Other", status: "False" },
        ],
      },
    },
    { metadata: { name: "c" }, spec: { size: 3 } },
  ],
};

const cases: readonly [template: string, text: string][] = [
  ["{.kind}", "List"],
  ["kind: {.kind}!", "kind: List!"],
  ["{.items[*].metadata.name}", "a b c"],
  ["{.items[0].metadata.name}", "a"],
  ["{.items[-1].metadata.name}", "c"],
  ["{.items[0:2].metadata.name}", "a b"],
  ["{.items[::2].metadata.name}", "a c"],
  ["{.items[0,2].metadata.name}", "a c"],
  ["{.items[9].metadata.name}", ""],
  ["{..name}", "a b c"],
  ["{.items[?(@.metadata.name=='b')].spec.size}", "22"],
  ["{.items[?(@.spec.size>2)].metadata.name}", "b c"],
  ["{.items[?(@.ok)].metadata.name}", "a"],
  ["{.items[1].spec.list[?(@.type=='Ready')].status}", "True"],
  ["{.items[0].metadata.labels.app\\.kubernetes\\.io/name}", "x"],
  ["{.items[0].metadata.labels['app\\.kubernetes\\.io/name']}", "x"],
  ["{.items[0]['metadata']['name']}", "a"],
  ['{range .items[*]}{.metadata.name}{"\\t"}{.spec.size}{"\\n"}{end}', "a\t1\nb\t22\nc\t3\n"],
  ["{range .items[*]}{.metadata.name} in {$.kind}; {end}", "a in List; b in List; c in List; "],
  ["{.items[0].spec}", '{"size":1}'],
  ["{$.kind}", "List"],
  ["{@.kind}", "List"],
  ["{.nothing.here}", ""],
];

describe("JSONPath templates", () => {
  for (const [template, text] of cases) {
    test(template, () => {
      assert.equal(printJsonPath(template, object, false), text);
    });
  }

  for (const broken of ["{.items[}", "{range .items[*]}x", "{end}", "{.a", "{.a[x]}"]) {
    test(`${broken} is refused`, () => {
      assert.throws(() => printJsonPath(broken, object, false), /error parsing jsonpath/);
    });
  }
});
