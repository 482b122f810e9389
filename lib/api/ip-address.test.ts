import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import {
  cidr,
  formatAddress,
  formatRange,
  ipAddress,
  ipv4Address,
  ipv6Address,
  parseAddress,
  parseRange,
  rangeContains,
  rangesOverlap,
} from "./ip-address.ts";

test("addresses are read as the system reads them", () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), (text) => {
      if (isIP(text) !== 0 && !text.includes("%"))
        assert.equal(parseAddress(text)?.length, isIP(text) === 4 ? 4 : 16, text);
      else if (isIP(text) === 0) assert.equal(parseAddress(text), undefined, text);
    }),
  );
});

test("what is written reads back", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  );
  fc.assert(
    fc.property(bytes, (address) => {
      const text = formatAddress(address);
      assert.deepEqual(parseAddress(text), new Uint8Array(address));
      assert.notEqual(isIP(text), 0);
    }),
  );
});

const texts: [string, string][] = [
  ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
  ["::", "::"],
  ["::1", "::1"],
  ["1::", "1::"],
  ["1:0:2:0:0:3:0:0", "1:0:2::3:0:0"],
  ["::ffff:1.2.3.4", "::ffff:102:304"],
  ["10.0.0.1", "10.0.0.1"],
  ["010.0.0.1", "10.0.0.1"],
];
for (const [text, canonical] of texts)
  test(`${text} is written ${canonical}`, () =>
    assert.equal(formatAddress(parseAddress(text) ?? new Uint8Array()), canonical));

for (const text of [
  "",
  "1.2.3",
  "1.2.3.4.5",
  "256.1.1.1",
  "1.2.3.4/8",
  ":::",
  "1::2::3",
  "12345::",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4:5:6:7::8:9",
  "g::",
  "1.2.3.4::",
  "::1.2.3",
])
  test(`${JSON.stringify(text)} is no address`, () => assert.equal(ipAddress(text).length, 1));

test("ranges have what begins with their prefix", () => {
  const range = parseRange("10.96.12.1/12");
  assert.ok(range);
  assert.equal(formatRange(range), "10.96.0.0/12");
  assert.ok(rangeContains(range, parseAddress("10.111.255.255") ?? new Uint8Array()));
  assert.ok(!rangeContains(range, parseAddress("10.112.0.0") ?? new Uint8Array()));
  assert.ok(!rangeContains(range, parseAddress("::1") ?? new Uint8Array()));
  const inner = parseRange("10.100.0.0/24");
  const other = parseRange("10.112.0.0/24");
  assert.ok(
    inner && other && rangesOverlap(range, inner) && rangesOverlap(inner, range) && !rangesOverlap(range, other),
  );
  for (const text of ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "::/129", "/8", "a/8"])
    assert.equal(cidr(text).length, 1, text);
  assert.deepEqual(cidr("::/0"), []);
});

test("families are told apart", () => {
  assert.deepEqual(ipv4Address("1.2.3.4"), []);
  assert.deepEqual(ipv4Address("::1"), ["must be a valid IPv4 address"]);
  assert.deepEqual(ipv6Address("::1"), []);
  assert.deepEqual(ipv6Address("1.2.3.4"), ["must be a valid IPv6 address"]);
});
