import assert from "node:assert/strict";
import { test } from "node:test";
import { addressIn, subRange6 } from "./ipv6.ts";

test("addresses are counted from the beginning of a range, and a node's range from that of the cluster", () => {
  assert.equal(addressIn("fd00:50:0:1::/64", 2), "fd00:50:0:1::2");
  assert.equal(addressIn("fd00:50::1/64", 65_538), "fd00:50::1:2");
  assert.equal(subRange6("fd00:50::/56", 1), "fd00:50:0:1::/64");
  assert.equal(subRange6("fd00:50::/56", 255), "fd00:50:0:ff::/64");
  for (const [range, index] of [
    ["fd00:50::/56", 256],
    ["fd00:50::/72", 0],
    ["10.0.0.0/8", 0],
  ] as const)
    assert.throws(() => addressIn(subRange6(range, index), 1), RangeError);
});
