import { isRecord } from "../../../lib/api/records.ts";

/** One step of a path through an object. */
export type PathStep =
  | { readonly type: "field"; readonly name: string }
  | { readonly type: "wildcard" }
  | { readonly type: "recursive" }
  | {
      readonly type: "slice";
      readonly from: number | undefined;
      readonly to: number | undefined;
      readonly step: number;
    }
  | { readonly type: "index"; readonly at: number }
  | { readonly type: "union"; readonly parts: readonly (readonly PathStep[])[] }
  | { readonly type: "filter"; readonly left: Operand; readonly operator: string; readonly right: Operand | undefined }
  | { readonly type: "root" };

/** One side of a comparison. */
export type Operand = { readonly path: readonly PathStep[] } | { readonly value: unknown };

/** A part of a template. */
export type TemplatePart =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "path"; readonly steps: PathStep[] }
  | { readonly type: "range"; readonly steps: PathStep[]; readonly body: readonly TemplatePart[] };

/** The values at a path from `here`; `$` goes back to `root`. */
export function evaluatePath(steps: readonly PathStep[], here: unknown, root: unknown): unknown[] {
  let values = [here];
  for (const step of steps) values = values.flatMap((value) => takeStep(step, value, root));
  return values;
}

function takeStep(step: PathStep, value: unknown, root: unknown): unknown[] {
  switch (step.type) {
    case "root":
      return [root];
    case "field":
      return isRecord(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
    case "wildcard":
      return childrenOf(value);
    case "recursive":
      return descendants(value);
    case "index":
      return Array.isArray(value) && Math.abs(step.at + 0.5) < value.length + 0.5 && value.at(step.at) !== undefined
        ? [value.at(step.at)]
        : [];
    case "slice":
      return Array.isArray(value) ? value.slice(step.from, step.to).filter((_, index) => index % step.step === 0) : [];
    case "union":
      return step.parts.flatMap((part) => evaluatePath(part, value, root));
    case "filter":
      return Array.isArray(value) ? value.filter((item: unknown) => meets(step, item, root)) : [];
  }
}

function childrenOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return isRecord(value) ? Object.values(value) : [];
}

function descendants(value: unknown): unknown[] {
  return [value, ...childrenOf(value).flatMap(descendants)];
}

function meets(step: Extract<PathStep, { type: "filter" }>, item: unknown, root: unknown): boolean {
  const left = operandValues(step.left, item, root);
  if (!step.right) return left.length > 0;
  const [a] = left;
  const [b] = operandValues(step.right, item, root);
  if (left.length === 0) return false;
  switch (step.operator) {
    case "==":
      return a === b;
    case "!=":
      return a !== b;
    default:
      return isOrdered(a, b, step.operator);
  }
}

function isOrdered(a: unknown, b: unknown, operator: string): boolean {
  if (typeof a === "number" && typeof b === "number") return compare(a - b, operator);
  if (typeof a === "string" && typeof b === "string") return compare(a < b ? -1 : a > b ? 1 : 0, operator);
  return false;
}

function compare(difference: number, operator: string): boolean {
  if (operator === "<") return difference < 0;
  if (operator === "<=") return difference <= 0;
  return operator === ">" ? difference > 0 : difference >= 0;
}

function operandValues(side: Operand, item: unknown, root: unknown): unknown[] {
  return "path" in side ? evaluatePath(side.path, item, root) : [side.value];
}
