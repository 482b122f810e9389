import assert from "node:assert/strict";
import { test } from "node:test";
import { ipAddress } from "../ip-address/strategy.ts";
import { createFaults, updateFaults } from "../testing/faults.ts";
import { serviceCidr } from "./strategy.ts";

const ranges = (...cidrs: string[]) => ({ spec: { cidrs } });
const families = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64";
const rules: readonly [string[], string[]][] = [
  [["10.0.0.0/16", "fd00::/112"], []],
  [[], ["spec.cidrs: Required value: at least one CIDR required"]],
  [["x"], ['spec.cidrs[0]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)']],
  [["10.0.0.0/16", "11.0.0.0/16"], [`spec.cidrs: Invalid value: ["10.0.0.0/16","11.0.0.0/16"]: ${families}`]],
];

for (const [cidrs, expected] of rules)
  test(`validation of service ranges: ${expected[0] ?? "sound ones"}`, () => {
    assert.deepEqual(createFaults(serviceCidr, ranges(...cidrs)), expected);
  });

test("a second range may be added, the first stays", () => {
  const old = ranges("10.0.0.0/16");
  assert.deepEqual(updateFaults(serviceCidr, ranges("10.0.0.0/16", "fd00::/112"), old), []);
  assert.deepEqual(updateFaults(serviceCidr, ranges("11.0.0.0/16"), old), [
    'spec.cidrs[0]: Invalid value: "11.0.0.0/16": field is immutable',
  ]);
});

test("an address that is taken says by whom, and stays so", () => {
  assert.deepEqual(createFaults(ipAddress, { spec: {} }), ["spec.parentRef: Required value"]);
  assert.deepEqual(createFaults(ipAddress, { spec: { parentRef: {} } }), [
    "spec.parentRef.resource: Required value",
    "spec.parentRef.name: Required value",
  ]);
  const taken = (name: string) => ({ spec: { parentRef: { resource: "services", name } } });
  assert.deepEqual(updateFaults(ipAddress, taken("a"), taken("b")), [
    'spec.parentRef: Invalid value: {"resource":"services","name":"a"}: field is immutable',
  ]);
});

test("an address that is taken is named as it is written canonically", () => {
  const faults = (name: string) => ipAddress.nameRule?.(name, false);
  assert.deepEqual(faults("2001:db8::1"), []);
  assert.deepEqual(faults("2001:db8:0::1"), ["must be a canonical format IP address"]);
  assert.deepEqual(faults("x"), ['ParseAddr("x"): unable to parse IP']);
});
