import assert from "node:assert/strict";
import { test } from "node:test";
import { CelCompileError, CelEvaluationError } from "../../cel/compile.ts";
import { compileDeviceSelector } from "./device-selector.ts";

const device = {
  name: "gpu-0",
  attributes: {
    model: { string: "LARGE" },
    cores: { int: 8 },
    shared: { bool: true },
    firmware: { version: "1.10.0" },
    "other.example.com/numa": { int: 1 },
  },
  capacity: { memory: { value: "16Gi" } },
};
const own = 'device.attributes["gpu.example.com"]';

const answers: readonly [expression: string, matches: boolean][] = [
  ['device.driver == "gpu.example.com"', true],
  [`${own}.model == "LARGE" && ${own}.cores >= 4`, true],
  [`${own}.shared`, true],
  [`${own}.firmware.isGreaterThan(semver("1.9.0"))`, true],
  ['device.attributes["other.example.com"].numa == 1', true],
  ['device.capacity["gpu.example.com"].memory.compareTo(quantity("20Gi")) >= 0', false],
  [`"missing" in ${own}`, false],
  ['"model" in device.attributes["unknown.example.com"]', false],
  [`has(${own}.missing)`, false],
  [`cel.bind(gpu, ${own}, gpu.shared && gpu.cores == 8)`, true],
  ['device.attributes["unknown.example.com"].?numa.orValue(0) == 1', false],
];

for (const [expression, matches] of answers)
  test(`of a device ${expression} is ${matches}`, () =>
    assert.equal(compileDeviceSelector(expression).matches("gpu.example.com", device), matches));

test("expressions that do not fit are refused, and those fail that ask for what a device does not have", () => {
  assert.throws(() => compileDeviceSelector("device.wrong == 1"), CelCompileError);
  assert.throws(() => compileDeviceSelector("device.driver"), /must evaluate to bool or the unknown type, not string/);
  assert.throws(() => compileDeviceSelector(`${own}.missing == 1`).matches("gpu.example.com", device), {
    name: "CelEvaluationError",
    message: "no such key: missing",
  });
  assert.throws(() => compileDeviceSelector(`${own}.model`).matches("gpu.example.com", device), CelEvaluationError);
});
