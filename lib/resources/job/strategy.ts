import type { Job } from "../../../gen/typernetes/batch/v1/job.ts";
import { schemaOf } from "../schema-of.ts";
import { keepSpec, keepStatus } from "../status-rules.ts";
import type { Strategy } from "../strategy.ts";
import { jobColumns } from "./columns.ts";
import { defaultJob } from "./defaults.ts";
import { generateSelector } from "./selector.ts";
import { validateJob } from "./validate.ts";
import { validateJobStatus, validateJobUpdate } from "./validate-update.ts";

/** How jobs behave. */
export const job: Strategy<Job> = {
  schema: schemaOf("batch", "v1", "jobs"),
  defaults: defaultJob,
  prepareForCreate(object) {
    object.status = {};
    generateSelector(object);
  },
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  validate: validateJob,
  validateUpdate: validateJobUpdate,
  validateStatusUpdate: validateJobStatus,
  hasGeneration: true,
  orphansDependents: true,
  selectableFields: { "status.successful": (it) => String(it.status?.succeeded ?? 0) },
  columns: jobColumns,
};
