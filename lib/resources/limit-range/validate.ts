import type { LimitRange, LimitRangeItem } from "../../../gen/typernetes/core/v1/limit_range.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { qualifiedName } from "../../api/names.ts";
import { compareQuantities, QuantityError, quantityMilliValue } from "../../base/quantity.ts";
import { containerResourceError } from "../pod-template/resource-names.ts";
import { checkQualifiedName } from "../rules.ts";

const standardTypes = ["Pod", "Container", "PersistentVolumeClaim"];
const amountFields = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] as const;
type AmountField = (typeof amountFields)[number];

/** Checks limits of a namespace. */
export function validateLimitRange({ spec }: LimitRange, errors: FieldErrors): void {
  const types = new Set<string>();
  for (const [index, item] of (spec?.limits ?? []).entries()) {
    const path = `spec.limits[${index}]`;
    const type = item.type ?? "";
    checkQualifiedName(type, `${path}.type`, errors);
    if (qualifiedName(type).length === 0 && !type.includes("/") && !standardTypes.includes(type))
      errors.invalid(`${path}.type`, type, "must be a standard limit type or fully qualified");
    if (types.has(type)) errors.duplicate(`${path}.type`, type);
    types.add(type);
    validateItem(item, path, errors);
  }
}

function validateItem(item: LimitRangeItem, path: string, errors: FieldErrors): void {
  const isSound = amountFields.map((field) => validateAmounts(item, field, path, errors)).every(Boolean);
  if (item.type === "Pod")
    for (const field of ["default", "defaultRequest"] as const)
      if (Object.keys(item[field] ?? {}).length > 0)
        errors.forbidden(`${path}.${field}`, "may not be specified when `type` is 'Pod'");
  if (item.type === "PersistentVolumeClaim" && !item.min?.storage && !item.max?.storage)
    errors.required(`${path}.limits`, "either minimum or maximum storage value is required, but neither was provided");
  if (!isSound) return;
  const names = new Set(amountFields.flatMap((field) => Object.keys(item[field] ?? {})));
  for (const name of names) compareAmounts(item, name, path, errors);
}

/** Answers whether all amounts of a field are numbers. */
function validateAmounts(item: LimitRangeItem, field: AmountField, path: string, errors: FieldErrors): boolean {
  let isSound = true;
  for (const [name, amount] of Object.entries(item[field] ?? {})) {
    const at = `${path}.${field}[${name}]`;
    checkQualifiedName(name, at, errors);
    const isOfContainers = item.type === "Pod" || item.type === "Container";
    const message = isOfContainers && qualifiedName(name).length === 0 ? containerResourceError(name) : undefined;
    if (message) errors.invalid(at, name, message);
    try {
      quantityMilliValue(amount);
    } catch (error) {
      if (!(error instanceof QuantityError)) throw error;
      errors.invalid(at, amount, error.message);
      isSound = false;
    }
  }
  return isSound;
}

/** What must not be greater than what, where it is reported, and in which words. */
const orders: readonly (readonly [AmountField, AmountField, AmountField, string, string])[] = [
  ["min", "max", "min", "min value", "max value"],
  ["min", "defaultRequest", "defaultRequest", "min value", "default request value"],
  ["defaultRequest", "max", "defaultRequest", "default request value", "max value"],
  ["defaultRequest", "default", "defaultRequest", "default request value", "default limit value"],
  ["min", "default", "default", "min value", "default value"],
  ["default", "max", "default", "default value", "max value"],
];

function compareAmounts(item: LimitRangeItem, name: string, path: string, errors: FieldErrors): void {
  for (const [low, high, reported, lowWord, highWord] of orders) {
    const [less, more] = [item[low]?.[name], item[high]?.[name]];
    if (less !== undefined && more !== undefined && compareQuantities(less, more) > 0)
      errors.invalid(
        `${path}.${reported}[${name}]`,
        item[reported]?.[name],
        `${lowWord} ${less} is greater than ${highWord} ${more}`,
      );
  }
  const ratio = item.maxLimitRequestRatio?.[name];
  if (ratio !== undefined) validateRatio(ratio, item, name, `${path}.maxLimitRequestRatio[${name}]`, errors);
}

function validateRatio(ratio: string, item: LimitRangeItem, name: string, path: string, errors: FieldErrors): void {
  if (compareQuantities(ratio, "1") < 0) errors.invalid(path, ratio, `ratio ${ratio} is less than 1`);
  const [min, max] = [item.min?.[name], item.max?.[name]];
  if (min === undefined || max === undefined) return;
  const most = quantityMilliValue(max) / quantityMilliValue(min);
  if (quantityMilliValue(ratio) / 1000 > most)
    errors.invalid(path, ratio, `ratio ${ratio} is greater than max/min = ${most.toFixed(6)}`);
}
