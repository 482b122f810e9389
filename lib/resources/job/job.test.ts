import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobSpec } from "../../../gen/typernetes/batch/v1/cron_job.ts";
import type { Job, JobStatus } from "../../../gen/typernetes/batch/v1/job.ts";
import { createFaults, faultsOf, printed, updateFaults } from "../testing/faults.ts";
import { job as strategy } from "./strategy.ts";

const template = { spec: { containers: [{ name: "main", image: "a:1" }], restartPolicy: "Never" } };
const metadata = { name: "once", uid: "u", creationTimestamp: "2025-01-01T00:00:00Z" };

function newJob(spec: JobSpec = {}, status: JobStatus = {}): Job {
  return { metadata: { ...metadata }, spec: { template: structuredClone(template), ...structuredClone(spec) }, status };
}

/** A job as it is stored. */
function stored(spec: JobSpec = {}, status: JobStatus = {}): Job {
  const object = newJob(spec);
  strategy.defaults?.(object);
  strategy.prepareForCreate?.(object);
  object.status = status;
  return object;
}

test("a job gets the defaults of Kubernetes and a selector of its own", () => {
  const { template: pods, ...rest } = stored().spec ?? {};
  assert.deepEqual(rest, {
    completions: 1,
    parallelism: 1,
    backoffLimit: 6,
    completionMode: "NonIndexed",
    suspend: false,
    podReplacementPolicy: "TerminatingOrFailed",
    manualSelector: false,
    selector: { matchLabels: { "batch.kubernetes.io/controller-uid": "u" } },
  });
  assert.deepEqual(pods?.metadata?.labels, {
    "controller-uid": "u",
    "job-name": "once",
    "batch.kubernetes.io/controller-uid": "u",
    "batch.kubernetes.io/job-name": "once",
  });
});

const indexed: JobSpec = { completionMode: "Indexed", completions: 5 };
const rule = "spec.podFailurePolicy.rules[0]";
const success = "spec.successPolicy.rules[0]";
const rules: readonly [JobSpec, string[]][] = [
  [{}, []],
  [
    { parallelism: -1, completions: -1, activeDeadlineSeconds: -1, backoffLimit: -1, ttlSecondsAfterFinished: -1 },
    ["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished"].map(
      (field) => `spec.${field}: Invalid value: -1: must be greater than or equal to 0`,
    ),
  ],
  [
    { template: { spec: { containers: [{ name: "main", image: "a" }] } } },
    ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
  ],
  [
    { managedBy: "me" },
    ['spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")'],
  ],
  [
    { completionMode: "Any" },
    ['spec.completionMode: Unsupported value: "Any": supported values: "NonIndexed", "Indexed"'],
  ],
  [
    { completionMode: "Indexed", parallelism: 1 },
    ["spec.completions: Required value: when completion mode is Indexed"],
  ],
  [{ backoffLimitPerIndex: 1 }, ["spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode"]],
  [
    { ...indexed, maxFailedIndexes: 6 },
    [
      "spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified",
      "spec.maxFailedIndexes: Invalid value: 6: must be less than or equal to completions",
    ],
  ],
  [
    { ...indexed, parallelism: 100001 },
    ["spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed"],
  ],
  [
    { podReplacementPolicy: "Any" },
    ['spec.podReplacementPolicy: Unsupported value: "Any": supported values: "Failed", "TerminatingOrFailed"'],
  ],
  [
    { selector: { matchLabels: { a: "b" } } },
    [
      'spec.selector: Invalid value: {"matchLabels":{"batch.kubernetes.io/controller-uid":"u","a":"b"}}: `selector` not auto-generated',
      'spec.template.metadata.labels: Invalid value: {"controller-uid":"u","job-name":"once","batch.kubernetes.io/controller-uid":"u","batch.kubernetes.io/job-name":"once"}: `selector` does not match template `labels`',
    ],
  ],
  [
    { manualSelector: true },
    [
      "spec.selector: Required value",
      "spec.template.metadata.labels: Invalid value: {}: `selector` does not match template `labels`",
    ],
  ],
  [
    { podFailurePolicy: { rules: [{ action: "FailIndex" }] } },
    [
      `${rule}.action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set`,
      `${rule}: Invalid value: specifying one of OnExitCodes and OnPodConditions is required`,
    ],
  ],
  [
    {
      podFailurePolicy: {
        rules: [
          {
            onExitCodes: { containerName: "x", operator: "In", values: [0, 3, 2, 2] },
            onPodConditions: [{ type: "A" }],
          },
        ],
      },
    },
    [
      `${rule}.action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]`,
      `${rule}.onExitCodes.containerName: Invalid value: "x": must be one of the container or initContainer names in the pod template`,
      `${rule}.onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator`,
      `${rule}.onExitCodes.values[3]: Duplicate value: 2`,
      `${rule}.onExitCodes.values: Invalid value: [0,3,2,2]: must be ordered`,
      `${rule}: Invalid value: specifying both OnExitCodes and OnPodConditions is not supported`,
    ],
  ],
  [
    { podFailurePolicy: { rules: [] }, template: { spec: { ...template.spec, restartPolicy: "OnFailure" } } },
    [
      'spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified',
    ],
  ],
  [
    { successPolicy: { rules: [{ succeededCount: 1 }] } },
    ['spec.successPolicy: Invalid value: {"rules":[{"succeededCount":1}]}: requires indexed completion mode'],
  ],
  [
    { ...indexed, successPolicy: { rules: [] } },
    [
      "spec.successPolicy.rules: Required value: at least one rules must be specified when the successPolicy is specified",
    ],
  ],
  [
    { ...indexed, successPolicy: { rules: [{}] } },
    [`${success}: Required value: at least one of succeededCount or succeededIndexes must be specified`],
  ],
  [
    { ...indexed, successPolicy: { rules: [{ succeededIndexes: "1,3-4", succeededCount: 4 }] } },
    [
      `${success}.succeededCount: Invalid value: 4: must be less than or equal to 3 (the number of indexes in the specified succeededIndexes field)`,
    ],
  ],
  [
    { ...indexed, successPolicy: { rules: [{ succeededIndexes: "3,1" }] } },
    [
      `${success}.succeededIndexes: Invalid value: "3,1": error parsing succeededIndexes: non-increasing order, previous: 3, current: 1`,
    ],
  ],
];

for (const [spec, expected] of rules)
  test(`validation of a job: ${expected[0] ?? "a plain one"}`, () => {
    assert.deepEqual(createFaults(strategy, newJob(spec)), expected);
  });

test("what a job runs stays, but for where, while it has not begun", () => {
  const placed = { template: { spec: { ...template.spec, nodeSelector: { disk: "ssd" } } } };
  assert.deepEqual(updateFaults(strategy, stored({ suspend: true, ...placed }), stored({ suspend: true })), []);
  assert.deepEqual(
    updateFaults(strategy, stored(placed), stored()).map((fault) => fault.replace(/\{.*\}/, "…")),
    ["spec.template: Invalid value: …: field is immutable"],
  );
});

test("completions stay, but for those of indexed jobs that run them all at once", () => {
  const many = { ...indexed, parallelism: 5 };
  assert.deepEqual(updateFaults(strategy, stored({ completions: 2 }), stored()), [
    "spec.completions: Invalid value: 2: field is immutable",
  ]);
  assert.deepEqual(updateFaults(strategy, stored({ ...many, completions: 7, parallelism: 7 }), stored(many)), []);
  assert.deepEqual(updateFaults(strategy, stored({ ...many, completions: 7 }), stored(many)), [
    "spec.completions: Invalid value: 7: can only be modified in tandem with spec.parallelism",
  ]);
});

const time = "2025-01-01T00:00:00Z";
const holding = (...types: string[]) => ({ conditions: types.map((type) => ({ type, status: "True" })) });
const statuses: readonly [JobStatus, JobStatus, string[]][] = [
  [{ ...holding("SuccessCriteriaMet", "Complete"), startTime: time, completionTime: time }, {}, []],
  [{ terminating: -1 }, {}, ["status.terminating: Invalid value: -1: must be greater than or equal to 0"]],
  [
    { ...holding("Failed"), active: 1 },
    {},
    [
      "status.conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition",
      "status.active: Invalid value: 1: active>0 is invalid for finished job",
      "status.startTime: Required value: startTime is required for finished job",
    ],
  ],
  [{}, holding("Failed"), ["status.conditions: Invalid value: cannot disable the terminal Failed=True condition"]],
  [{ failed: 1 }, { failed: 2 }, ["status.failed: Invalid value: 1: cannot decrease the failed counter"]],
  [
    { completionTime: time },
    {},
    [
      `status.completionTime: Invalid value: "${time}": cannot set completionTime when there is no Complete=True condition`,
    ],
  ],
  [{ ready: 1 }, {}, ["status.ready: Invalid value: 1: cannot set more ready pods than active"]],
];

for (const [now, old, expected] of statuses)
  test(`validation of a job's status: ${expected[0] ?? "a complete one"}`, () => {
    const faults = faultsOf((errors) => strategy.validateStatusUpdate?.(stored({}, now), stored({}, old), errors));
    assert.deepEqual(faults, expected);
  });

test("a job is printed", () => {
  const object = newJob({ completions: 3, selector: { matchLabels: { a: "b" } } }, { succeeded: 1, startTime: time });
  assert.equal(
    printed(strategy, object, Date.parse("2025-01-01T00:00:42Z")),
    "Status=Running Completions=1/3 Duration=42s Age=42s | Containers=main Images=a:1 Selector=a=b",
  );
});
