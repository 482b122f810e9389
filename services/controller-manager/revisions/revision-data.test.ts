import assert from "node:assert/strict";
import { test } from "node:test";
import { isRevisionOf, revisionData, templateOf } from "./revision-data.ts";

const template = {
  metadata: { labels: { app: "web" } },
  spec: { restartPolicy: "Always", containers: [{ name: "c", image: "web:1", securityContext: undefined }] },
};

test("a revision is written byte by byte as Go writes it", () => {
  assert.equal(
    JSON.stringify(revisionData(template)),
    '{"spec":{"template":{"$patch":"replace","metadata":{"creationTimestamp":null,"labels":{"app":"web"}},' +
      '"spec":{"containers":[{"image":"web:1","name":"c","resources":{}}],"restartPolicy":"Always"}}}}',
  );
});

test("a revision is of the template that it was made of, and gives it back", () => {
  const revision = { data: JSON.parse(JSON.stringify(revisionData(template))) };
  assert.ok(isRevisionOf(revision, template));
  assert.ok(!isRevisionOf(revision, { ...template, metadata: {} }));
  const restored = templateOf(revision);
  assert.deepEqual([restored.metadata?.labels, restored.spec?.restartPolicy], [{ app: "web" }, "Always"]);
  assert.ok(isRevisionOf(revision, restored));
});
