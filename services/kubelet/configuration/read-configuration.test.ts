import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultConfiguration, sharedMachineConfiguration } from "./kubelet-configuration.ts";
import { parseConfiguration } from "./read-configuration.ts";

const head = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";

test("a file sets what it names; the rest is as it was, and what means nothing here is told", () => {
  const text = `${head}evictionHard: {memory.available: 1Gi}\nmaxPods: 5\ncgroupDriver: systemd\nshutdownGracePeriod: 30s\n`;
  const { configuration, ignored } = parseConfiguration(text, sharedMachineConfiguration);
  assert.deepEqual(configuration, {
    ...sharedMachineConfiguration,
    evictionHard: { "memory.available": "1Gi" },
    maxPods: 5,
    shutdownGracePeriod: "30s",
  });
  assert.deepEqual(ignored, ["cgroupDriver"]);
});

const faults: [what: string, text: string, message: RegExp][] = [
  ["another kind", "kind: Pod", /no KubeletConfiguration/],
  ["an unknown signal", `${head}evictionHard: {memory.free: 1Gi}`, /unknown signal: memory.free/],
  ["half a number", `${head}maxPods: 1.5`, /maxPods must be a whole number/],
  ["no duration", `${head}imageMinimumGCAge: 5 minutes`, /invalid duration/],
  ["thresholds the wrong way round", `${head}imageGCLowThresholdPercent: 90`, /imageGCHighThresholdPercent/],
  ["more for critical pods than for all", `${head}shutdownGracePeriodCriticalPods: 5s`, /at most shutdownGracePeriod/],
];
for (const [what, text, message] of faults) {
  test(`a configuration is refused: ${what}`, () => {
    assert.throws(() => parseConfiguration(text, defaultConfiguration), { message });
  });
}
