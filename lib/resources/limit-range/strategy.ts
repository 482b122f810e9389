import type { LimitRange } from "../../../gen/typernetes/core/v1/limit_range.ts";
import { createdAtColumn } from "../columns.ts";
import { schemaOf } from "../schema-of.ts";
import type { Strategy } from "../strategy.ts";
import { validateLimitRange } from "./validate.ts";

/** How limits of a namespace behave. */
export const limitRange: Strategy<LimitRange> = {
  schema: schemaOf("", "v1", "limitranges"),
  defaults: defaultLimitRange,
  validate: validateLimitRange,
  hasGeneration: false,
  selectableFields: {},
  columns: [createdAtColumn],
};

/** Containers get the greatest limit by default, and request their limit, or else the least. */
function defaultLimitRange({ spec }: LimitRange): void {
  for (const item of spec?.limits ?? []) {
    if (item.type !== "Container") continue;
    const limits = { ...item.max, ...item.default };
    const requests = { ...item.min, ...limits, ...item.defaultRequest };
    if (Object.keys(limits).length > 0) item.default = limits;
    if (Object.keys(requests).length > 0) item.defaultRequest = requests;
  }
}
