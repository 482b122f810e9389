import assert from "node:assert/strict";
import { test } from "node:test";
import { annotationsForRevision, byRevision, copiedAnnotations, revisionOf } from "./annotations.ts";

const revision = "deployment.kubernetes.io/revision";
const history = "deployment.kubernetes.io/revision-history";

test("a set that becomes the newest again keeps its old revisions, the oldest forgotten at 2000 characters", () => {
  let annotations: Record<string, string> = {};
  for (let number = 1; number <= 900; number++)
    annotations = annotationsForRevision({ metadata: { annotations } }, BigInt(number));
  assert.equal(annotations[revision], "900");
  const text = annotations[history] ?? "";
  assert.ok(text.length <= 2000);
  assert.ok(text.endsWith(",898,899"));
});

test("a set of a later revision keeps it", () => {
  assert.deepEqual(annotationsForRevision({ metadata: { annotations: { [revision]: "5" } } }, 4n), { [revision]: "5" });
});

test("revisions are exact as far as 64 bits go", () => {
  const set = (number: string) => ({ metadata: { annotations: { [revision]: number } } });
  const [high, higher] = [set("3546343826724305832"), set("3546343826724305833")];
  assert.deepEqual([byRevision(high, higher), byRevision(higher, high), byRevision(high, high)], [-1, 1, 0]);
  const next = annotationsForRevision(set("1"), revisionOf(high) + 1n);
  assert.equal(next[revision], "3546343826724305833");
  assert.equal(revisionOf(set("many")), 0n);
});

test("replica sets get a deployment's own annotations only", () => {
  const annotations = { mine: "yes", [revision]: "3", "kubectl.kubernetes.io/last-applied-configuration": "{}" };
  assert.deepEqual(copiedAnnotations({ metadata: { annotations } }), { mine: "yes" });
});
