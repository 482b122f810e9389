import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { AddressBook } from "./address-book.ts";
import { formatIPv4, parseIPv4, parseIPv4Range, rangesOverlap, subRange } from "./ipv4.ts";
import { kernelNames } from "./names.ts";

test("addresses survive parsing and formatting", () => {
  for (const text of ["0.0.0.0", "10.244.1.7", "255.255.255.255"]) assert.equal(formatIPv4(parseIPv4(text)), text);
  for (const text of ["1.2.3", "1.2.3.256", "01.2.3.4", "a.b.c.d"]) assert.throws(() => parseIPv4(text));
});

test("ranges know their neighbours and parts", () => {
  assert.equal(subRange("10.244.0.0/16", 24, 3), "10.244.3.0/24");
  assert.throws(() => subRange("10.244.0.0/16", 24, 256), RangeError);
  assert.ok(rangesOverlap(parseIPv4Range("10.0.0.0/8"), parseIPv4Range("10.244.0.0/16")));
  assert.ok(!rangesOverlap(parseIPv4Range("10.0.0.0/24"), parseIPv4Range("10.0.1.0/24")));
});

test("addresses are unique, rest before they are given again, and survive a crash", () => {
  const dir = mkdtempSync(join(tmpdir(), "address-book-"));
  try {
    const book = new AddressBook(dir, "10.1.1.0/29");
    assert.deepEqual(
      ["a", "b", "c"].map((id) => book.take(id, []).ip),
      ["10.1.1.2", "10.1.1.3", "10.1.1.4"],
    );
    book.giveBack("a");
    assert.equal(book.take("d", []).ip, "10.1.1.5");
    const again = new AddressBook(dir, "10.1.1.0/29");
    assert.equal(again.get("b")?.ip, "10.1.1.3");
    again.take("e", []);
    again.take("f", []);
    assert.throws(() => again.take("g", []), /no free pod address/);
    assert.equal(new Set(again.entries().map(([, record]) => record.ip)).size, 5);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("device names fit the kernel and differ by cluster, node and sandbox", () => {
  const [one, two] = [kernelNames("/data/one"), kernelNames("/data/two")];
  const names = [one.bridge("a"), one.bridge("b"), two.bridge("a"), one.podLink("a"), one.nodeLink(250)];
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.ok(name.length <= 15, name);
});
