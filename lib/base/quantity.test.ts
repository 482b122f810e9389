import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  canonicalQuantity,
  compareQuantities,
  Quantity,
  QuantityError,
  quantityMilliValue,
  quantityValue,
} from "./quantity.ts";

const canonical: [string, string][] = [
  ["0", "0"],
  ["0n", "0"],
  ["-0", "0"],
  ["0Gi", "0"],
  ["00", "0"],
  ["1", "1"],
  ["10", "10"],
  ["1000", "1k"],
  ["1500", "1500"],
  ["1000000", "1M"],
  ["100k", "100k"],
  ["1000m", "1"],
  ["1500m", "1500m"],
  ["0.5", "500m"],
  ["0.001", "1m"],
  ["0.0005", "500u"],
  [".5", "500m"],
  ["1.", "1"],
  ["+1", "1"],
  ["-1", "-1"],
  ["-500m", "-500m"],
  ["1Ki", "1Ki"],
  ["1024Ki", "1Mi"],
  ["1024", "1024"],
  ["1.5Gi", "1536Mi"],
  ["0.5Mi", "512Ki"],
  ["2048Mi", "2Gi"],
  ["512", "512"],
  ["0.5Ki", "512"],
  ["0.0001Ki", "102400u"],
  ["1100Ki", "1100Ki"],
  ["-2Ki", "-2Ki"],
  ["1e3", "1e3"],
  ["1E3", "1e3"],
  ["1500e3", "1500e3"],
  ["1e2", "100"],
  ["1e-3", "1e-3"],
  ["12e6", "12e6"],
  ["1.2e3", "1200"],
  ["1n", "1n"],
  ["0.1n", "1n"],
  ["1.1n", "2n"],
  ["-0.1n", "-1n"],
  ["1e-400", "1e-9"],
  ["9999999n", "9999999n"],
  ["100E", "100E"],
  ["8Ei", "9223372036854775807"],
  ["16Ei", "9223372036854775807"],
  ["1E", "1E"],
  ["007", "7"],
  ["0128Mi", "128Mi"],
];

for (const [text, expected] of canonical) {
  test(`${text} is written ${expected}`, () => {
    assert.equal(Quantity.parse(text).toString(), expected);
    assert.equal(Quantity.parse(canonicalQuantity(text)).toString(), expected);
  });
}

for (const text of [
  "",
  "foo",
  "1.1.1",
  "1Mx",
  "1 Gi",
  " 1",
  "1i",
  "1mi",
  "1Zi",
  "--1",
  "1e",
  "1e3e3",
  "1KiKi",
  "1e99999",
  "0x1",
]) {
  test(`${JSON.stringify(text)} is no quantity`, () => {
    assert.throws(() => Quantity.parse(text), QuantityError);
    assert.throws(() => canonicalQuantity(text), QuantityError);
  });
}

const kept: [string, string][] = [
  ["1000m", "1"],
  ["0.5", "500m"],
  ["0.250", "250m"],
  ["1.5", "1500m"],
  ["1024Ki", "1Mi"],
  ["1.5Gi", "1536Mi"],
  ["12345.5", "12345500m"],
  ["1.000G", "1G"],
  ["01000", "1k"],
  ["10e3", "10e3"],
  ["1e4", "10e3"],
  ["00", "0"],
  ["+1024Mi", "1Gi"],
  ["1000Ki", "1000Ki"],
  ["1.500", "1.500"],
  ["+1", "+1"],
  ["007", "007"],
  ["1E3", "1E3"],
  ["+5Gi", "+5Gi"],
  ["5.E", "5.E"],
  ["1.000001", "1.000001"],
];
for (const [text, expected] of kept)
  test(`${text} is stored as ${expected}`, () => assert.equal(canonicalQuantity(text), expected));

test("errors are in Kubernetes' words", () => {
  assert.throws(() => Quantity.parse("abc"), {
    message: "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  });
  assert.throws(() => Quantity.parse("1mm"), { message: "unable to parse quantity's suffix" });
});

test("sums keep the format of the first that is not zero", () => {
  assert.equal(Quantity.parse("0").add(Quantity.parse("1Gi")).toString(), "1Gi");
  assert.equal(Quantity.parse("1Gi").add(Quantity.parse("512Mi")).toString(), "1536Mi");
  assert.equal(Quantity.parse("1Gi").subtract(Quantity.parse("1Gi")).toString(), "0");
  assert.equal(Quantity.parse("1").subtract(Quantity.parse("1500m")).toString(), "-500m");
});

test("values are rounded away from zero", () => {
  assert.equal(quantityValue("1500m"), 2);
  assert.equal(quantityValue("1.5Gi"), 1536 * 1024 ** 2);
  assert.equal(Quantity.parse("-1500m").value(), -2);
  assert.equal(quantityMilliValue("0.0001"), 1);
  assert.equal(quantityMilliValue("2"), 2000);
  assert.equal(quantityMilliValue("100m"), 100);
  assert.equal(Quantity.parse("1500m").toNumber(), 1.5);
});

const amounts = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n });
const formats = fc.constantFrom("DecimalSI", "BinarySI", "DecimalExponent" as const) as fc.Arbitrary<
  "DecimalSI" | "BinarySI" | "DecimalExponent"
>;
const quantities = fc
  .tuple(amounts, formats)
  .filter(([nano, format]) => format !== "BinarySI" || (nano < 2n ** 63n * 10n ** 9n && -nano < 2n ** 63n * 10n ** 9n))
  .map(([nano, format]) => new Quantity(nano, format));
const texts = fc
  .tuple(
    fc.constantFrom("", "-", "+"),
    fc.stringMatching(/^[0-9]{1,18}$/),
    fc.option(fc.stringMatching(/^[0-9]{0,12}$/), { nil: undefined }),
    fc.constantFrom(
      "",
      "n",
      "u",
      "m",
      "k",
      "M",
      "G",
      "T",
      "P",
      "E",
      "Ki",
      "Mi",
      "Gi",
      "Ti",
      "Pi",
      "Ei",
      "e3",
      "e-3",
      "E5",
      "e0",
    ),
  )
  .map(([sign, whole, fraction, suffix]) => `${sign}${whole}${fraction === undefined ? "" : `.${fraction}`}${suffix}`);

test("what is written reads back as the same amount", () => {
  fc.assert(fc.property(quantities, (quantity) => Quantity.parse(quantity.toString()).equals(quantity)));
});

test("the canonical form is a fixed point", () => {
  fc.assert(
    fc.property(texts, (text) => {
      const once = Quantity.parse(text).toString();
      const kept = canonicalQuantity(text);
      return (
        Quantity.parse(once).toString() === once &&
        canonicalQuantity(once) === once &&
        canonicalQuantity(kept) === kept &&
        compareQuantities(kept, text) === 0
      );
    }),
  );
});

test("subtraction undoes addition, and comparison follows the difference", () => {
  fc.assert(
    fc.property(quantities, quantities, (a, b) => {
      const sum = a.add(b);
      return sum.subtract(b).equals(a) && a.compare(b) === a.subtract(b).sign() && b.compare(a) === -a.compare(b) + 0;
    }),
  );
});

test("the fast ways agree with the exact one", () => {
  fc.assert(
    fc.property(texts, (text) => {
      const exact = Quantity.parse(text);
      return quantityValue(text) === exact.value() && quantityMilliValue(text) === exact.milliValue();
    }),
  );
});

test("texts compare by amount", () => {
  assert.equal(compareQuantities("1Gi", "1G"), 1);
  assert.equal(compareQuantities("1000m", "1"), 0);
  assert.equal(compareQuantities("100m", "1"), -1);
});
