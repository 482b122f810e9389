import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultConfiguration, sharedMachineConfiguration } from "./kubelet-configuration.ts";
import { logLimitsOf } from "./log-limits.ts";
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
  [
    "thresholds the wrong way round",
    `${head}imageGCLowThresholdPercent: 90`,
    /^invalid configuration: imageGCLowThresholdPercent \(--image-gc-low-threshold\) 90 must be less than imageGCHighThresholdPercent \(--image-gc-high-threshold\) 85$/,
  ],
  [
    "more than everything",
    `${head}imageGCHighThresholdPercent: 101`,
    /imageGCHighThresholdPercent \(--image-gc-high-threshold\) 101 must be between 0 and 100, inclusive$/,
  ],
  [
    "a negative share",
    `${head}imageGCLowThresholdPercent: -1`,
    /\(--image-gc-low-threshold\) -1 must be between 0 and 100, inclusive$/,
  ],
  [
    "a negative age",
    `${head}imageMinimumGCAge: -1m`,
    /^invalid configuration: imageMinimumGCAge -1m0s must not be negative$/,
  ],
  [
    "ages the wrong way round",
    `${head}imageMaximumGCAge: 1m`,
    /imageMaximumGCAge 1m0s must be greater than imageMinimumGCAge 2m0s$/,
  ],
  [
    "several faults",
    `${head}maxPods: -1\nimageMinimumGCAge: -1s`,
    /^\[invalid configuration: imageMinimumGCAge .*, invalid configuration: maxPods .*\]$/,
  ],
  [
    "one log file",
    `${head}containerLogMaxFiles: 1`,
    /^failed to initialize container log manager: invalid MaxFiles 1, must be > 1$/,
  ],
  ["no size of logs", `${head}containerLogMaxSize: big`, /failed to parse container log max size "big": /],
  ["a size of logs that is no text", `${head}containerLogMaxSize: 1000`, /containerLogMaxSize must be a text/],
  [
    "more for critical pods than for all",
    `${head}shutdownGracePeriodCriticalPods: 5s`,
    /shutdownGracePeriodCriticalPods 5s must be <= shutdownGracePeriod 0s$/,
  ],
];
test("a size and a number of files limit logs; a negative size is no limit", () => {
  const limitsOf = (text: string) =>
    logLimitsOf(parseConfiguration(`${head}${text}`, defaultConfiguration).configuration);
  assert.deepEqual(limitsOf(""), { maxSizeBytes: 10 * 1024 * 1024, maxFiles: 5 });
  assert.deepEqual(limitsOf("containerLogMaxSize: 64Ki\ncontainerLogMaxFiles: 2"), {
    maxSizeBytes: 65536,
    maxFiles: 2,
  });
  assert.equal(limitsOf('containerLogMaxSize: "-1"').maxSizeBytes, Number.POSITIVE_INFINITY);
});

for (const [what, text, message] of faults) {
  test(`a configuration is refused: ${what}`, () => {
    assert.throws(() => parseConfiguration(text, defaultConfiguration), { message });
  });
}
