import assert from "node:assert/strict";
import { test } from "node:test";
import { CachedObject } from "./cached-object.ts";
import { DecodedObjects } from "./decoded-objects.ts";

test("what is used stays in memory longer than what is not, within the budget", () => {
  const objects = new DecodedObjects(1000);
  let decodings = 0;
  const decode = (entry: CachedObject) => {
    decodings++;
    return { metadata: { name: entry.name } };
  };
  const used = entryOf("used");
  const unused = entryOf("unused");
  objects.get(used, decode);
  objects.get(unused, decode);
  for (let index = 0; index < 50; index++) {
    objects.get(used, decode);
    objects.get(entryOf(`other-${index}`), decode);
  }
  assert.equal(decodings, 52);
  unused.decoded = undefined;
  objects.get(unused, decode);
  assert.equal(decodings, 53);
});

function entryOf(name: string): CachedObject {
  return new CachedObject(`/registry/core/pods/default/${name}`, "/registry/core/pods/".length, 1, Buffer.alloc(100));
}
