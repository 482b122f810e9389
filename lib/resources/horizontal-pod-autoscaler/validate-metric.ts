import type {
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
} from "../../../gen/typernetes/autoscaling/v2/horizontal_pod_autoscaler.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { pathSegmentName } from "../../api/names.ts";
import { compareQuantities } from "../../base/quantity.ts";
import { validateReference } from "./validate-reference.ts";

const types = ["ContainerResource", "External", "Object", "Pods", "Resource"];
const sources = ["object", "external", "pods", "containerResource", "resource"] as const;
type Source = (typeof sources)[number];

/** Checks one metric: it has the source of its type and no other. */
export function validateMetric(metric: MetricSpec, path: string, errors: FieldErrors): void {
  const type = metric.type ?? "";
  if (!type) errors.required(`${path}.type`, "must specify a metric source type");
  if (!types.includes(type)) errors.notSupported(`${path}.type`, type, types);
  const present = sources.filter((source) => metric[source]);
  const first = present[0];
  if (first) validateSource(first, metric, `${path}.${first}`, errors);
  const expected = `${type.slice(0, 1).toLowerCase()}${type.slice(1)}`;
  if (!present.some((source) => source === expected))
    errors.required(`${path}.${expected}`, "must populate information for the given metric source");
  if (present.length === 1) return;
  for (const source of present)
    if (source !== expected) errors.forbidden(`${path}.${source}`, "must populate the given metric source only");
}

function validateSource(source: Source, metric: MetricSpec, path: string, errors: FieldErrors): void {
  if (source === "resource" || source === "containerResource") {
    validateResource(metric[source] ?? {}, source === "containerResource", path, errors);
    return;
  }
  if (source === "object") validateReference(metric.object?.describedObject ?? {}, `${path}.describedObject`, errors);
  validateIdentifier(metric[source]?.metric ?? {}, `${path}.metric`, errors);
  const target = metric[source]?.target ?? {};
  validateTarget(target, `${path}.target`, errors);
  validateAmounts(source, target, `${path}.target`, errors);
}

function validateAmounts(source: Source, target: MetricTarget, path: string, errors: FieldErrors): void {
  const { value, averageValue } = target;
  const hasNone = value === undefined && averageValue === undefined;
  if (source === "pods" && !isPositive(averageValue))
    errors.required(`${path}.averageValue`, "must specify a positive target averageValue");
  if (source === "object" && hasNone)
    errors.required(`${path}.averageValue`, "must set either a target value or averageValue");
  if (source !== "external") return;
  if (hasNone) errors.required(`${path}.averageValue`, "must set either a target value for metric or a per-pod target");
  if (value !== undefined && averageValue !== undefined)
    errors.forbidden(`${path}.value`, "may not set both a target value for metric and a per-pod target");
}

function validateResource(
  resource: { name?: string | undefined; target?: MetricTarget | undefined; container?: string | undefined },
  inContainer: boolean,
  path: string,
  errors: FieldErrors,
): void {
  const target = resource.target ?? {};
  if (!resource.name) errors.required(`${path}.name`, "must specify a resource name");
  if (inContainer && !resource.container) errors.required(`${path}.container`, "must specify a container");
  validateTarget(target, `${path}.target`, errors);
  if (target.averageUtilization === undefined && target.averageValue === undefined)
    errors.required(`${path}.target.averageUtilization`, "must set either a target raw value or a target utilization");
  if (target.averageUtilization !== undefined && target.averageValue !== undefined)
    errors.forbidden(`${path}.target.averageValue`, "may not set both a target raw value and a target utilization");
}

function validateIdentifier({ name }: MetricIdentifier, path: string, errors: FieldErrors): void {
  if (!name) errors.required(`${path}.name`, "must specify a metric name");
  else for (const message of pathSegmentName(name, false)) errors.invalid(`${path}.name`, name, message);
}

function validateTarget(target: MetricTarget, path: string, errors: FieldErrors): void {
  const { type = "", averageUtilization } = target;
  if (!type) errors.required(`${path}.type`, "must specify a metric target type");
  if (type !== "Utilization" && type !== "Value" && type !== "AverageValue")
    errors.invalid(`${path}.type`, type, "must be either Utilization, Value, or AverageValue");
  for (const field of ["value", "averageValue"] as const)
    if (target[field] !== undefined && !isPositive(target[field]))
      errors.invalid(`${path}.${field}`, target[field], "must be positive");
  if (averageUtilization !== undefined && averageUtilization < 1)
    errors.invalid(`${path}.averageUtilization`, averageUtilization, "must be greater than 0");
}

function isPositive(amount: string | undefined): boolean {
  return amount !== undefined && compareQuantities(amount, "0") > 0;
}
