import type {
  FieldSelectorAttributes,
  LabelSelectorAttributes,
  ResourceAttributes,
} from "../../../gen/typernetes/authorization/v1/local_subject_access_review.ts";
import type { FieldSelectorRequirement, LabelSelectorRequirement } from "../../../gen/typernetes/meta/v1/selector.ts";
import { parseFieldSelector } from "../../../lib/api/field-selector.ts";
import type { LabelOperator } from "../../../lib/api/label-selector.ts";
import { parseLabelSelector } from "../../../lib/api/label-selector-parser.ts";

/** What a request selects, as requirements; absent where it selects all, or nobody understands how. */
export interface SelectorAttributes {
  readonly fieldSelector?: Pick<FieldSelectorAttributes, "requirements"> | undefined;
  readonly labelSelector?: Pick<LabelSelectorAttributes, "requirements"> | undefined;
}

/** What the selectors of a list, a watch or the deletion of a collection select. */
export function selectorAttributes(options: { fieldSelector?: unknown; labelSelector?: unknown }): SelectorAttributes {
  const { fieldSelector, labelSelector } = options;
  return {
    ...(isText(fieldSelector) && understood("fieldSelector", () => fieldRequirements(fieldSelector))),
    ...(isText(labelSelector) && understood("labelSelector", () => labelRequirements(labelSelector))),
  };
}

/** What a review asks for, and what of that is left out because nobody understands it. */
export function reviewedSelectors({ fieldSelector, labelSelector }: ResourceAttributes): {
  selectors: SelectorAttributes;
  faults: string[];
} {
  const faults: string[] = [];
  const read = <R>(name: string, known: R[], ...parts: (() => R[])[]) => {
    const found: R[] = [...known];
    let fault: unknown;
    for (const part of parts) {
      try {
        found.push(...part());
      } catch (error) {
        fault = error;
      }
    }
    const partially = found.length > 0 ? " partially" : "";
    if (fault) faults.push(`spec.resourceAttributes.${name}${partially} ignored due to parse error`);
    return found.length > 0 ? { [name]: { requirements: found } } : {};
  };
  const fields = () => fieldRequirements(fieldSelector?.rawSelector ?? "");
  const labels = () => labelRequirements(labelSelector?.rawSelector ?? "");
  const selectors: SelectorAttributes = {
    ...read("fieldSelector", [], fields, ...(fieldSelector?.requirements ?? []).map((each) => () => [fieldIn(each)])),
    ...read("labelSelector", [], labels, ...(labelSelector?.requirements ?? []).map((each) => () => [labelIn(each)])),
  };
  return { selectors, faults };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function understood<R>(name: string, read: () => R[]): Record<string, { requirements: R[] }> {
  try {
    const requirements = read();
    return requirements.length > 0 ? { [name]: { requirements } } : {};
  } catch {
    // The verb says what is wrong with it.
    return {};
  }
}

function fieldRequirements(text: string): FieldSelectorRequirement[] {
  return parseFieldSelector(text).requirements.map(({ field, operator, value }) => ({
    key: field,
    operator: operator === "=" ? "In" : "NotIn",
    values: [value],
  }));
}

/** Comparisons of numbers have no form there. */
const labelOperators: Readonly<Record<LabelOperator, string | undefined>> = {
  "=": "In",
  "==": "In",
  in: "In",
  "!=": "NotIn",
  notin: "NotIn",
  exists: "Exists",
  "!": "DoesNotExist",
  gt: undefined,
  lt: undefined,
};

function labelRequirements(text: string): LabelSelectorRequirement[] {
  return parseLabelSelector(text).requirements.flatMap(({ key, operator, values }) => {
    const known = labelOperators[operator];
    return known ? [{ key, operator: known, ...(values.length > 0 && { values: [...values] }) }] : [];
  });
}

/** Fields have one value. */
function fieldIn(requirement: FieldSelectorRequirement): FieldSelectorRequirement {
  const { operator, values = [] } = requirement;
  if ((operator === "In" || operator === "NotIn") && values.length === 1) return requirement;
  throw new TypeError(`${operator} of ${values.length} values is no requirement of a field`);
}

function labelIn(requirement: LabelSelectorRequirement): LabelSelectorRequirement {
  if (Object.values(labelOperators).includes(requirement.operator)) return requirement;
  throw new TypeError(`${requirement.operator} is no operator`);
}
