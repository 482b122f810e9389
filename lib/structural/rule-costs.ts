import type { FieldErrors } from "../api/field-errors.ts";
import type { CompiledRules } from "./rules.ts";
import { requestBytesMax, sizesOf } from "./schema-sizes.ts";
import type { StructuralSchema } from "./structural-schema.ts";

/** What one expression may cost at most, and all expressions of a schema together, wherever they are evaluated in an object. */
const expressionCostMax = 10_000_000;
const schemaCostMax = 100_000_000;
/** So many of the most expensive are named when all together are too many. */
const namedMax = 4;
const advice =
  "(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)";

interface Cost {
  readonly path: string;
  readonly cost: number;
}

/** Refuses expressions that could take too long with the largest objects of a schema; `placeOf` says where a node is. */
export function checkRuleCosts(
  root: StructuralSchema,
  rules: CompiledRules,
  placeOf: (schema: StructuralSchema) => string,
  errors: FieldErrors,
): void {
  const costs: Cost[] = [];
  const visit = (schema: StructuralSchema, timesMax: number | undefined): void => {
    if (!schema.rulesBelow) return;
    costs.push(...costsAt(schema, schema === root, timesMax, rules, placeOf));
    const { properties, items, additionalProperties: additional, source } = schema;
    for (const property of properties.values()) visit(property, timesMax);
    if (items) visit(items, timesMany(timesMax, source.maxItems));
    if (typeof additional === "object") visit(additional, timesMany(timesMax, source.maxProperties));
  };
  visit(root, 1);
  for (const { path, cost } of costs)
    if (cost > expressionCostMax)
      errors.forbidden(
        path,
        excess(
          path.endsWith(".messageExpression") ? "estimated messageExpression cost" : "estimated rule cost",
          cost,
          expressionCostMax,
        ),
      );
  const total = costs.reduce((sum, { cost }) => sum + cost, 0);
  if (total <= schemaCostMax) return;
  const dearest = costs.filter(({ cost }) => cost > 0).sort((left, right) => right.cost - left.cost);
  for (const { path } of dearest.slice(0, namedMax))
    errors.forbidden(path, "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema");
  const what = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema";
  errors.forbidden(placeOf(root), excess(what, total, schemaCostMax));
}

/** Undefined where there is no limit. */
function timesMany(times: number | undefined, many: number | undefined): number | undefined {
  return times === undefined || many === undefined ? undefined : times * many;
}

/** What the expressions of a node cost, as often as the node may be in an object. */
function costsAt(
  schema: StructuralSchema,
  isRoot: boolean,
  timesMax: number | undefined,
  { byNode }: CompiledRules,
  placeOf: (schema: StructuralSchema) => string,
): Cost[] {
  const rules = byNode.get(schema);
  const sizes = rules && sizesOf(schema, isRoot);
  if (!sizes) return [];
  // Where there is no limit, as many as a request holds, each with a comma.
  const times = timesMax ?? Math.floor(requestBytesMax / (sizes.jsonBytesMin + 1));
  return rules.flatMap(({ index, expression, message }) => {
    const at = `${placeOf(schema)}.x-kubernetes-validations[${index}]`;
    const cost = { path: `${at}.rule`, cost: expression.costMax(sizes) * times };
    return message ? [cost, { path: `${at}.messageExpression`, cost: message.costMax(sizes) * times }] : [cost];
  });
}

function excess(what: string, cost: number, limit: number): string {
  const factor = cost / limit;
  const shown = factor > 100 ? "more than 100x" : `${factor.toFixed(factor < 1.5 ? 6 : 1)}x`;
  return `${what} exceeds budget by factor of ${shown} ${advice}`;
}
