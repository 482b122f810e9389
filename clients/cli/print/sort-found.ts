import { canonicalQuantity, compareQuantities } from "../../../lib/base/quantity.ts";
import type { Found } from "../request/objects.ts";
import { evaluatePath } from "./json-path.ts";
import { parseJsonPath, relaxedPath } from "./parse-json-path.ts";

/** Orders objects by a field; those without it come first. @throws CliError when the path is malformed. */
export function sortFound(found: readonly Found[], path: string): Found[] {
  const [part] = parseJsonPath(relaxedPath(path));
  const steps = part?.type === "path" ? part.steps : [];
  const keyed = found.map((one) => ({ one, key: evaluatePath(steps, one.object, one.object)[0] }));
  return keyed.sort((left, right) => compareValues(left.key, right.key)).map(({ one }) => one);
}

function compareValues(left: unknown, right: unknown): number {
  if (left === undefined || right === undefined) return Number(left !== undefined) - Number(right !== undefined);
  if (typeof left === "number" && typeof right === "number") return left - right;
  const [a, b] = [String(left), String(right)];
  if (isQuantity(a) && isQuantity(b)) return compareQuantities(a, b);
  return a < b ? -1 : a > b ? 1 : 0;
}

function isQuantity(text: string): boolean {
  try {
    canonicalQuantity(text);
    return true;
  } catch {
    return false;
  }
}
