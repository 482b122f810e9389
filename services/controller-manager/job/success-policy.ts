import type { SuccessPolicy } from "../../../gen/typernetes/batch/v1/cron_job.ts";
import { parseIndexes } from "./index-set.ts";

/** Which rule of a success policy is met; undefined when none is. */
export function metSuccessRule(
  policy: SuccessPolicy | undefined,
  completions: number,
  succeeded: ReadonlySet<number>,
): number | undefined {
  const found = (policy?.rules ?? []).findIndex(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === undefined) return succeededCount !== undefined && succeeded.size >= succeededCount;
    const wanted = [...parseIndexes(succeededIndexes, completions)];
    return wanted.filter((index) => succeeded.has(index)).length >= (succeededCount ?? wanted.length);
  });
  return found < 0 ? undefined : found;
}
