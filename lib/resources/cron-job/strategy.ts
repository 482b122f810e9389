import type { CronJob, CronJobSpec, JobTemplateSpec } from "../../../gen/typernetes/batch/v1/cron_job.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { age, ageColumn, countColumn, none, textColumn } from "../columns.ts";
import { defaultJobSpec } from "../job/defaults.ts";
import { validateJobSpec } from "../job/validate.ts";
import { checkNonNegative, checkOneOf } from "../rules.ts";
import { schemaOf } from "../schema-of.ts";
import { dropStatus, keepSpec, keepStatus } from "../status-rules.ts";
import type { Strategy } from "../strategy.ts";
import { templateColumns } from "../template-columns.ts";
import { scheduleFault } from "./cron-schedule.ts";

/** Longest name: its jobs have eleven characters more. */
const nameCharactersMax = 52;
const concurrencyPolicies = ["Allow", "Forbid", "Replace"];

/** How cron jobs behave. */
export const cronJob: Strategy<CronJob> = {
  schema: schemaOf("batch", "v1", "cronjobs"),
  defaults: defaultCronJob,
  prepareForCreate: dropStatus,
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  validate: validateCronJob,
  hasGeneration: true,
  selectableFields: {},
  columns: [
    textColumn("Schedule", "When jobs are made.", (it) => it.spec?.schedule ?? ""),
    textColumn("Timezone", "Time zone of the schedule.", (it) => it.spec?.timeZone ?? none),
    textColumn("Suspend", "Whether no jobs are made for now.", (it) => (it.spec?.suspend ? "True" : "False")),
    countColumn("Active", "How many jobs run.", (it) => it.status?.active?.length ?? 0),
    textColumn("Last Schedule", "How long ago a job was made last.", (it, nowMs) =>
      it.status?.lastScheduleTime ? age(it.status.lastScheduleTime, nowMs) : none,
    ),
    ageColumn,
    ...templateColumns<CronJob>((it) => it.spec?.jobTemplate?.spec?.template),
    textColumn("Selector", "Labels of the pods of its jobs.", () => none, 1),
  ],
};

function defaultCronJob({ spec }: CronJob): void {
  if (!spec) return;
  spec.concurrencyPolicy ||= "Allow";
  spec.suspend ??= false;
  spec.successfulJobsHistoryLimit ??= 3;
  spec.failedJobsHistoryLimit ??= 1;
  if (spec.jobTemplate?.spec) defaultJobSpec(spec.jobTemplate.spec);
}

function validateCronJob({ metadata, spec = {} }: CronJob, errors: FieldErrors): void {
  const name = metadata?.name ?? "";
  if (name.length > nameCharactersMax)
    errors.invalid("metadata.name", name, `must be no more than ${nameCharactersMax} characters`);
  validateSchedule(spec, errors);
  checkNonNegative(spec.startingDeadlineSeconds, "spec.startingDeadlineSeconds", errors);
  checkOneOf(spec.concurrencyPolicy, concurrencyPolicies, "spec.concurrencyPolicy", errors);
  validateJobTemplate(spec.jobTemplate ?? {}, "spec.jobTemplate", errors);
  checkNonNegative(spec.successfulJobsHistoryLimit, "spec.successfulJobsHistoryLimit", errors);
  checkNonNegative(spec.failedJobsHistoryLimit, "spec.failedJobsHistoryLimit", errors);
}

function validateSchedule({ schedule, timeZone }: CronJobSpec, errors: FieldErrors): void {
  if (!schedule) errors.required("spec.schedule");
  else if (schedule.includes("TZ"))
    errors.invalid("spec.schedule", schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
  else {
    const fault = scheduleFault(schedule);
    if (fault !== undefined) errors.invalid("spec.schedule", schedule, fault);
  }
  if (timeZone !== undefined) validateTimeZone(timeZone, "spec.timeZone", errors);
}

function validateTimeZone(zone: string, path: string, errors: FieldErrors): void {
  if (zone === "") errors.invalid(path, zone, "timeZone must be nil or non-empty string");
  else if (zone.toLowerCase() === "local")
    errors.invalid(path, zone, "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones");
  else if (!isTimeZone(zone)) errors.invalid(path, zone, `unknown time zone ${zone}`);
}

/** The names of zones; offsets such as `+01:00`, which JavaScript also knows, are none. */
function isTimeZone(zone: string): boolean {
  if (/^[+-]/.test(zone)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).format(0) !== "";
  } catch {
    return false;
  }
}

function validateJobTemplate({ spec = {} }: JobTemplateSpec, path: string, errors: FieldErrors): void {
  validateJobSpec(spec, `${path}.spec`, errors);
  if (spec.selector) errors.invalid(`${path}.spec.selector`, spec.selector, "`selector` will be auto-generated");
  if (spec.manualSelector) errors.notSupported(`${path}.spec.manualSelector`, true, ["nil", "false"]);
}
