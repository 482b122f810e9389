import assert from "node:assert/strict";
import { test } from "node:test";
import { annotationsForRevision, copiedAnnotations } from "./annotations.ts";

const revision = "deployment.kubernetes.io/revision";
const history = "deployment.kubernetes.io/revision-history";

test("a set that becomes the newest again keeps its old revisions, the oldest forgotten at 2000 characters", () => {
  let annotations: Record<string, string> = {};
  for (let number = 1; number <= 900; number++)
    annotations = annotationsForRevision({ metadata: { annotations } }, number);
  assert.equal(annotations[revision], "900");
  const text = annotations[history] ?? "";
  assert.ok(text.length <= 2000);
  assert.ok(text.endsWith(",898,899"));
});

test("a set of a later revision keeps it", () => {
  assert.deepEqual(annotationsForRevision({ metadata: { annotations: { [revision]: "5" } } }, 4), { [revision]: "5" });
});

test("replica sets get a deployment's own annotations only", () => {
  const annotations = { mine: "yes", [revision]: "3", "kubectl.kubernetes.io/last-applied-configuration": "{}" };
  assert.deepEqual(copiedAnnotations({ metadata: { annotations } }), { mine: "yes" });
});
