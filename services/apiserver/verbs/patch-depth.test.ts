import assert from "node:assert/strict";
import { test } from "node:test";
import { refuseDeepPatch } from "./patch-depth.ts";

const nested = (depth: number): unknown => JSON.parse(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`);

test("patches that are nested without sense are refused", () => {
  refuseDeepPatch({ spec: { containers: [{ name: "a", ports: [] }] }, metadata: null });
  refuseDeepPatch(nested(500));
  assert.throws(() => refuseDeepPatch(nested(501)), { code: 400, message: /exceeded max depth/ });
  assert.throws(() => refuseDeepPatch(nested(100_000)), { code: 400 });
});
