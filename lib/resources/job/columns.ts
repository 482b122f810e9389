import type { Job } from "../../../gen/typernetes/batch/v1/job.ts";
import { humanDuration } from "../../api/human-duration.ts";
import { formatLabelSelector } from "../../api/label-selector.ts";
import { ageColumn, textColumn } from "../columns.ts";
import type { Column } from "../strategy.ts";
import { templateColumns } from "../template-columns.ts";

/** What is printed of a job. */
export const jobColumns: readonly Column<Job>[] = [
  textColumn("Status", "How far the job is.", state),
  textColumn("Completions", "How many pods have succeeded, of how many that must.", completions),
  textColumn("Duration", "How long the job ran, or has run so far.", duration),
  ageColumn,
  ...templateColumns<Job>((it) => it.spec?.template),
  textColumn("Selector", "Labels of the pods that belong to it.", (it) => formatLabelSelector(it.spec?.selector), 1),
];

function state({ metadata, status }: Job): string {
  const holds = (type: string) => status?.conditions?.some((it) => it.type === type && it.status === "True");
  for (const ended of ["Complete", "Failed"]) if (holds(ended)) return ended;
  if (metadata?.deletionTimestamp) return "Terminating";
  for (const ending of ["Suspended", "FailureTarget", "SuccessCriteriaMet"]) if (holds(ending)) return ending;
  return "Running";
}

function completions({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function duration({ status }: Job, nowMs: number): string {
  if (!status?.startTime) return "";
  const end = status.completionTime ? Date.parse(status.completionTime) : nowMs;
  return humanDuration(end - Date.parse(status.startTime));
}
