import assert from "node:assert/strict";
import { test } from "node:test";
import type { CronJob, CronJobSpec } from "../../../gen/typernetes/batch/v1/cron_job.ts";
import { createFaults, printed } from "../testing/faults.ts";
import { scheduleFault } from "./cron-schedule.ts";
import { cronJob as strategy } from "./strategy.ts";

const jobTemplate = {
  spec: { template: { spec: { containers: [{ name: "main", image: "a:1" }], restartPolicy: "Never" } } },
};

function newCronJob(spec: CronJobSpec = {}, name = "nightly"): CronJob {
  return {
    metadata: { name, creationTimestamp: "2025-01-01T00:00:00Z" },
    spec: { schedule: "0 3 * * *", jobTemplate: structuredClone(jobTemplate), ...structuredClone(spec) },
  };
}

test("a cron job gets the defaults of Kubernetes, its jobs only those of their pods", () => {
  const object = newCronJob();
  strategy.defaults?.(object);
  const { jobTemplate: jobs, ...rest } = object.spec ?? {};
  assert.deepEqual(rest, {
    schedule: "0 3 * * *",
    concurrencyPolicy: "Allow",
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  });
  assert.equal(jobs?.spec?.completions, undefined);
  assert.equal(jobs?.spec?.template?.spec?.dnsPolicy, "ClusterFirst");
});

const atLeastZero = "must be greater than or equal to 0";
const rules: readonly [CronJobSpec, string[]][] = [
  [{}, []],
  [{ schedule: "" }, ["spec.schedule: Required value"]],
  [
    { schedule: "TZ=UTC 0 3 * * *" },
    [
      'spec.schedule: Invalid value: "TZ=UTC 0 3 * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    ],
  ],
  [{ schedule: "0 3 * *" }, ['spec.schedule: Invalid value: "0 3 * *": expected exactly 5 fields, found 4: [0 3 * *]']],
  [{ timeZone: "Europe/Rome" }, []],
  [{ timeZone: "" }, ['spec.timeZone: Invalid value: "": timeZone must be nil or non-empty string']],
  [
    { timeZone: "Local" },
    [
      'spec.timeZone: Invalid value: "Local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
    ],
  ],
  [{ timeZone: "Mars/Rim" }, ['spec.timeZone: Invalid value: "Mars/Rim": unknown time zone Mars/Rim']],
  [
    { startingDeadlineSeconds: -1, successfulJobsHistoryLimit: -1, failedJobsHistoryLimit: -1 },
    ["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"].map(
      (field) => `spec.${field}: Invalid value: -1: ${atLeastZero}`,
    ),
  ],
  [
    { concurrencyPolicy: "Any" },
    ['spec.concurrencyPolicy: Unsupported value: "Any": supported values: "Allow", "Forbid", "Replace"'],
  ],
  [
    { jobTemplate: { spec: { ...jobTemplate.spec, parallelism: -1, selector: {}, manualSelector: true } } },
    [
      `spec.jobTemplate.spec.parallelism: Invalid value: -1: ${atLeastZero}`,
      "spec.jobTemplate.spec.selector: Invalid value: {}: `selector` will be auto-generated",
      'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
    ],
  ],
];

for (const [spec, expected] of rules)
  test(`validation of a cron job: ${expected[0] ?? JSON.stringify(spec)}`, () => {
    assert.deepEqual(createFaults(strategy, newCronJob(spec)), expected);
  });

test("a cron job's name leaves room for those of its jobs", () => {
  const name = "a".repeat(53);
  assert.deepEqual(createFaults(strategy, newCronJob({}, name)), [
    `metadata.name: Invalid value: "${name}": must be no more than 52 characters`,
  ]);
});

const schedules: readonly [string, string | undefined][] = [
  ["*/5 0-6,12 ? jan-MAR mon", undefined],
  ["@hourly", undefined],
  ["@every 1h30m", undefined],
  ["@never", "unrecognized descriptor: @never"],
  ["60 * * * *", "end of range (60) above maximum (59): 60"],
  ["* * 0 * *", "beginning of range (0) below minimum (1): 0"],
  ["5-3 * * * *", "beginning of range (5) beyond end of range (3): 5-3"],
  ["*/0 * * * *", "step of range should be a positive number: */0"],
  ["1-2-3 * * * *", "too many hyphens: 1-2-3"],
  ["*/1/2 * * * *", "too many slashes: */1/2"],
  ["x * * * *", 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
];

for (const [schedule, fault] of schedules)
  test(`schedule ${schedule}: ${fault ?? "sound"}`, () => assert.equal(scheduleFault(schedule), fault));

test("a cron job is printed", () => {
  const object = { ...newCronJob({ timeZone: "UTC" }), status: { lastScheduleTime: "2025-01-01T00:00:10Z" } };
  assert.equal(
    printed(strategy, object, Date.parse("2025-01-01T00:00:40Z")),
    "Schedule=0 3 * * * Timezone=UTC Suspend=False Active=0 Last Schedule=30s Age=40s | Containers=main Images=a:1 Selector=<none>",
  );
});
