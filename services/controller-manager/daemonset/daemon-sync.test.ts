import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { podsByNode } from "./daemon-sync.ts";

const pod = (phase: string, deletionTimestamp?: string, finalizers?: string[]): Pod => ({
  metadata: { name: "p", ...(deletionTimestamp && { deletionTimestamp }), ...(finalizers && { finalizers }) },
  spec: { nodeName: "n", containers: [] },
  status: { phase },
});
const deleted = "2026-01-01T00:00:00Z";

const cases: [string, Pod, boolean][] = [
  ["runs", pod("Running"), true],
  ["has failed", pod("Failed"), true],
  ["has ended and goes in a moment", pod("Succeeded", deleted), true],
  ["has ended and is kept by a finalizer", pod("Succeeded", deleted, ["a/b"]), false],
  ["is being stopped", pod("Running", deleted, ["a/b"]), true],
];
for (const [what, one, counts] of cases)
  test(`a pod that ${what} ${counts ? "has its place" : "leaves its place"} on the node`, () =>
    assert.equal(podsByNode([one]).has("n"), counts));
