import assert from "node:assert/strict";
import { test } from "node:test";
import type { FieldSet } from "./field-set.ts";
import { capUpdaters, type OwnedFields, type Owners, ownerKey } from "./owners.ts";

function updaters(count: number): Owners {
  const made = Array.from({ length: count }, (_, index): OwnedFields => {
    const fields: FieldSet = { "f:data": { [`f:${index}`]: {} } };
    const time = new Date(index * 1000).toISOString();
    return { manager: `m${index}`, operation: "Update", apiVersion: "v1", subresource: "", time, fields };
  });
  return new Map(made.map((owned) => [ownerKey(owned), owned]));
}

test("the oldest of too many updaters become one that owns what they owned", () => {
  for (const count of [12, 13, 20_000]) {
    const capped = [...capUpdaters(updaters(count)).values()];
    assert.equal(capped.length, 10);
    const ancient = capped.find(({ manager }) => manager === "ancient-changes");
    assert.equal(Object.keys(ancient?.fields["f:data"] ?? {}).length, count - 9);
    assert.equal(ancient?.time, new Date((count - 10) * 1000).toISOString());
    assert.ok(capped.some(({ manager }) => manager === `m${count - 1}`));
  }
});
