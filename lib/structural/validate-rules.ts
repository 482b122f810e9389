import { deepEqual } from "../api/deep.ts";
import type { FieldErrors } from "../api/field-errors.ts";
import { isRecord } from "../api/records.ts";
import { CelEvaluationError, expressionCostMax } from "../cel/compile.ts";
import { type Budget, BudgetExceeded } from "../cel/meter.ts";
import { celOptional } from "../cel/values.ts";
import type { SchemaTypes } from "./cel-types.ts";
import { correlate } from "./correlate.ts";
import { type CompiledRule, rulesOf } from "./rules.ts";
import type { StructuralSchema } from "./structural-schema.ts";

/** What all rules together may cost for one object: about a second. */
const objectCostMax = 3 * expressionCostMax;
const messageLengthMax = 5 * 1024;

interface Place {
  readonly value: unknown;
  readonly old: unknown;
  readonly path: string;
}

/** Checks the rules that a schema has in CEL; those about changes only where it is known what was there before. */
export function validateRules(
  root: StructuralSchema,
  object: object,
  old: object | undefined,
  errors: FieldErrors,
): void {
  const { types, byNode } = rulesOf(root);
  new RuleCheck(types, byNode, errors).visit({ value: object, old, path: "" }, root);
}

class RuleCheck {
  readonly #types: SchemaTypes;
  readonly #byNode: ReadonlyMap<StructuralSchema, readonly CompiledRule[]>;
  readonly #errors: FieldErrors;
  readonly #budget: Budget = { remaining: objectCostMax };

  constructor(types: SchemaTypes, byNode: ReadonlyMap<StructuralSchema, readonly CompiledRule[]>, errors: FieldErrors) {
    this.#types = types;
    this.#byNode = byNode;
    this.#errors = errors;
  }

  visit(place: Place, schema: StructuralSchema): void {
    const { value, old, path } = place;
    // Where null may stand it is no value that a rule could be about.
    if (!schema.rulesBelow || value === undefined || value === null) return;
    this.#check(place, schema);
    const before = isRecord(old) ? old : undefined;
    if (Array.isArray(value) && schema.items) {
      const oldItem = correlate(schema.source, old);
      for (const [index, item] of value.entries())
        this.visit({ value: item, old: oldItem(item), path: `${path}[${index}]` }, schema.items);
    } else if (isRecord(value)) {
      for (const [name, member] of Object.entries(value)) {
        const additional = typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
        const child = schema.properties.get(name) ?? additional;
        if (!child) continue;
        const oldMember = before && Object.hasOwn(before, name) ? before[name] : undefined;
        this.visit({ value: member, old: oldMember, path: path ? `${path}.${name}` : name }, child);
      }
    }
  }

  #check(place: Place, schema: StructuralSchema): void {
    const rules = this.#byNode.get(schema);
    if (!rules) return;
    const { value, old } = place;
    const isChanged = old === undefined || !deepEqual(value, old);
    const self = this.#types.valueOf(value, schema);
    const oldSelf = old === undefined || old === null ? undefined : this.#types.valueOf(old, schema);
    for (const rule of rules) {
      if (rule.isTransition && oldSelf === undefined && !rule.oldIsOptional) continue;
      // What was broken before may stay so.
      if (!isChanged && !rule.isTransition) continue;
      if (this.#budget.remaining < 0) return;
      this.#checkRule(rule, { self, oldSelf: rule.oldIsOptional ? celOptional(oldSelf) : oldSelf }, place, schema);
    }
  }

  #checkRule(rule: CompiledRule, bindings: Record<string, unknown>, place: Place, schema: StructuralSchema): void {
    try {
      if (rule.expression.evaluate(bindings, this.#budget) === true) return;
      this.#report(rule, this.#messageOf(rule, bindings), place, schema);
    } catch (error) {
      this.#errors.invalid(place.path || "<nil>", typeName(schema), this.#fault(error, rule));
    }
  }

  #fault(error: unknown, { rule }: CompiledRule): string {
    const name = rule.message?.trim() || rule.rule?.trim();
    if (error instanceof BudgetExceeded) {
      if (this.#budget.remaining < 0)
        return "validation failed due to running out of cost budget, no further validation rules will be run";
      return `'${error.message}': no further validation rules will be run due to call cost exceeds limit for rule: ${name}`;
    }
    if (!(error instanceof CelEvaluationError)) throw error;
    return error.message.startsWith("no such overload")
      ? `'${error.message}': call arguments did not match a supported operator, function or macro signature for rule: ${name}`
      : `${error.message} evaluating rule: ${name}`;
  }

  #messageOf({ rule, message }: CompiledRule, bindings: Record<string, unknown>): string {
    const fixed = rule.message?.trim() || `failed rule: ${rule.rule?.trim()}`;
    if (!message) return fixed;
    try {
      const text = message.evaluate(bindings, this.#budget);
      const isUsable = typeof text === "string" && text.trim() !== "" && !/[\r\n]/.test(text);
      return isUsable && text.length <= messageLengthMax ? text.trim() : fixed;
    } catch (error) {
      if (error instanceof CelEvaluationError || error instanceof BudgetExceeded) return fixed;
      throw error;
    }
  }

  #report({ rule }: CompiledRule, message: string, { path }: Place, schema: StructuralSchema): void {
    const field = `${path}${rule.fieldPath ?? ""}`.replace(/^\./, "") || "<nil>";
    switch (rule.reason) {
      case "FieldValueRequired":
        this.#errors.required(field, message);
        return;
      case "FieldValueDuplicate":
        this.#errors.duplicate(field, typeName(schema));
        return;
      case "FieldValueForbidden":
        this.#errors.forbidden(field, message);
        return;
      default:
        this.#errors.invalid(field, typeName(schema), message);
    }
  }
}

function typeName(schema: StructuralSchema): string {
  return schema.type || "object";
}
