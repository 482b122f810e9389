import type { JobSpec } from "../../../gen/typernetes/batch/v1/cron_job.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { checkOptionalOneOf } from "../rules.ts";

const parallelismMax = 100_000;
const failedIndexesMax = 100_000;
/** Above so many completions of a job that counts failures by index, its other numbers must be lower. */
const manyCompletions = 100_000;
const numberMaxForMany = 10_000;

/** Checks what belongs to jobs whose pods have indexes, and that others have none of it. */
export function validateIndexed(spec: JobSpec, path: string, errors: FieldErrors): void {
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined)
    errors.required(`${path}.backoffLimitPerIndex`, "when maxFailedIndexes is specified");
  checkOptionalOneOf(spec.completionMode, ["NonIndexed", "Indexed"], `${path}.completionMode`, errors);
  if (spec.completionMode === "Indexed") {
    validateNumbers(spec, path, errors);
    return;
  }
  if (spec.completionMode !== undefined && spec.completionMode !== "NonIndexed") return;
  for (const field of ["backoffLimitPerIndex", "maxFailedIndexes"] as const)
    if (spec[field] !== undefined) errors.invalid(`${path}.${field}`, spec[field], "requires indexed completion mode");
}

function validateNumbers(spec: JobSpec, path: string, errors: FieldErrors): void {
  const { completions, parallelism = 0, maxFailedIndexes: failed, backoffLimitPerIndex } = spec;
  if (completions === undefined) errors.required(`${path}.completions`, "when completion mode is Indexed");
  if (parallelism > parallelismMax)
    errors.invalid(
      `${path}.parallelism`,
      parallelism,
      `must be less than or equal to ${parallelismMax} when completion mode is Indexed`,
    );
  if (completions !== undefined && failed !== undefined && failed > completions)
    errors.invalid(`${path}.maxFailedIndexes`, failed, "must be less than or equal to completions");
  if (failed !== undefined && failed > failedIndexesMax)
    errors.invalid(`${path}.maxFailedIndexes`, failed, `must be less than or equal to ${failedIndexesMax}`);
  if (backoffLimitPerIndex !== undefined && (completions ?? 0) > manyCompletions) validateMany(spec, path, errors);
}

function validateMany({ parallelism, maxFailedIndexes }: JobSpec, path: string, errors: FieldErrors): void {
  if (maxFailedIndexes === undefined)
    errors.required(`${path}.maxFailedIndexes`, `must be specified when completions is above ${manyCompletions}`);
  for (const [field, value = 0] of Object.entries({ parallelism, maxFailedIndexes }))
    if (value > numberMaxForMany)
      errors.invalid(
        `${path}.${field}`,
        value,
        `must be less than or equal to ${numberMaxForMany} when completions are above ${manyCompletions} and used with backoff limit per index`,
      );
}
