import type { LabelSelector } from "../../gen/typernetes/meta/v1/selector.ts";
import { StatusError } from "../base/status-error.ts";
import { labelValue, qualifiedName } from "./names.ts";

/** How a requirement compares. */
export type LabelOperator = "=" | "==" | "!=" | "in" | "notin" | "exists" | "!" | "gt" | "lt";

/** One condition on one label. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  readonly values: readonly string[];
}

type Labels = Readonly<Record<string, string>> | undefined;

/** A set of conditions, all of which an object's labels must meet. Immutable. */
export class LabelMatcher {
  readonly requirements: readonly LabelRequirement[];
  /** Nothing matches, whatever its labels. */
  readonly matchesNothing: boolean;

  constructor(requirements: readonly LabelRequirement[], matchesNothing = false) {
    this.requirements = [...requirements].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    this.matchesNothing = matchesNothing;
  }

  /** Whether everything matches. */
  get isEmpty(): boolean {
    return this.requirements.length === 0 && !this.matchesNothing;
  }

  matches(labels: Labels): boolean {
    if (this.matchesNothing) return false;
    for (let index = 0; index < this.requirements.length; index++) {
      const requirement = this.requirements[index];
      if (requirement && !meets(requirement, labels)) return false;
    }
    return true;
  }

  /** The value that every match has for `key`; undefined when matches may differ. */
  exactValue(key: string): string | undefined {
    const exact = this.requirements.find((requirement) => requirement.key === key && isExact(requirement));
    return exact?.values[0];
  }

  /** The selector as text, in the notation of `parseLabelSelector`. */
  toString(): string {
    return this.requirements.map(formatRequirement).join(",");
  }
}

/** Matches every object. */
export const everything = new LabelMatcher([]);
/** Matches no object. */
export const nothing = new LabelMatcher([], true);

function isExact(requirement: LabelRequirement): boolean {
  const { operator, values } = requirement;
  return operator === "=" || operator === "==" || (operator === "in" && values.length === 1);
}

function meets(requirement: LabelRequirement, labels: Labels): boolean {
  const { key, operator, values } = requirement;
  const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case "=":
    case "==":
    case "in":
      return value !== undefined && values.includes(value);
    case "!=":
    case "notin":
      return value === undefined || !values.includes(value);
    case "exists":
      return value !== undefined;
    case "!":
      return value === undefined;
    case "gt":
    case "lt":
      return value !== undefined && compares(operator, value, values[0] ?? "");
  }
}

function compares(operator: "gt" | "lt", value: string, bound: string): boolean {
  if (!integerPattern.test(value)) return false;
  return operator === "gt" ? BigInt(value) > BigInt(bound) : BigInt(value) < BigInt(bound);
}
const integerPattern = /^-?[0-9]{1,19}$/;

function formatRequirement({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case "exists":
      return key;
    case "!":
      return `!${key}`;
    case "in":
    case "notin":
      return `${key} ${operator} (${[...values].sort().join(",")})`;
    case "gt":
      return `${key}>${values[0]}`;
    case "lt":
      return `${key}<${values[0]}`;
    default:
      return `${key}${operator}${values[0]}`;
  }
}

/** Checks one condition. @throws StatusError BadRequest, in Kubernetes' words. */
export function labelRequirement(key: string, operator: LabelOperator, values: readonly string[]): LabelRequirement {
  const keyFault = qualifiedName(key)[0];
  if (keyFault) throw invalid("key", key, keyFault);
  if ((operator === "in" || operator === "notin") && values.length === 0)
    throw new StatusError(
      "BadRequest",
      "values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty",
    );
  if (operator === "gt" || operator === "lt") checkBound(values[0] ?? "");
  for (const [index, value] of values.entries()) {
    const fault = labelValue(value)[0];
    if (fault) throw invalid(`values[${index}][${key}]`, value, fault);
  }
  return { key, operator, values };
}

function checkBound(value: string): void {
  if (!integerPattern.test(value))
    throw invalid("values[0]", value, "for 'Gt', 'Lt' operators, the value must be an integer");
}

function invalid(field: string, value: string, detail: string): StatusError {
  return new StatusError("BadRequest", `${field}: Invalid value: ${JSON.stringify(value)}: ${detail}`);
}

const objectOperators: Readonly<Record<string, LabelOperator>> = {
  In: "in",
  NotIn: "notin",
  Exists: "exists",
  DoesNotExist: "!",
};

/**
 * The matcher of a `LabelSelector` object: absent matches nothing, empty matches everything.
 * @throws StatusError BadRequest when it is malformed.
 */
export function labelMatcherOf(selector: LabelSelector | undefined): LabelMatcher {
  if (!selector) return nothing;
  const requirements = Object.entries(selector.matchLabels ?? {}).map(([key, value]) =>
    labelRequirement(key, "=", [value]),
  );
  for (const { key = "", operator = "", values = [] } of selector.matchExpressions ?? []) {
    const known = Object.hasOwn(objectOperators, operator) ? objectOperators[operator] : undefined;
    if (!known)
      throw new StatusError("BadRequest", `${JSON.stringify(operator)} is not a valid label selector operator`);
    requirements.push(labelRequirement(key, known, values));
  }
  return requirements.length === 0 ? everything : new LabelMatcher(requirements);
}

/** The matcher of plain labels, as the selector of a Service or ReplicationController is: absent or empty matches all. */
export function labelMatcherOfSet(labels: Labels): LabelMatcher {
  return new LabelMatcher(
    Object.entries(labels ?? {}).map(([key, value]) => ({ key, operator: "=", values: [value] })),
  );
}

/** A `LabelSelector` object as kubectl prints it; `<none>` when it is empty. */
export function formatLabelSelector(selector: LabelSelector | undefined): string {
  try {
    return labelMatcherOf(selector).toString() || "<none>";
  } catch {
    return "<error>";
  }
}
