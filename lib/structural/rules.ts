import type { ValidationRule } from "../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import { CelCompileError, type CompiledExpression, compilerFor } from "../cel/compile.ts";
import { SchemaTypes } from "./cel-types.ts";
import type { StructuralSchema } from "./structural-schema.ts";

/** A rule ready to be checked. */
export interface CompiledRule {
  readonly rule: ValidationRule;
  /** Which of the node's rules it is. */
  readonly index: number;
  readonly expression: CompiledExpression;
  readonly message: CompiledExpression | undefined;
  /** Looks at what was there before: checked for changes alone, unless `oldSelf` is optional. */
  readonly isTransition: boolean;
  readonly oldIsOptional: boolean;
}

/** A rule, or one of its parts, that cannot be compiled. */
export interface RuleFault {
  readonly schema: StructuralSchema;
  readonly index: number;
  readonly field: "rule" | "messageExpression";
  readonly error: CelCompileError;
}

/** All rules of a schema. */
export interface CompiledRules {
  readonly types: SchemaTypes;
  readonly byNode: ReadonlyMap<StructuralSchema, readonly CompiledRule[]>;
  readonly faults: readonly RuleFault[];
}

const compiled = new WeakMap<StructuralSchema, CompiledRules>();

/** The rules of a schema, compiled once. */
export function rulesOf(root: StructuralSchema): CompiledRules {
  let rules = compiled.get(root);
  if (!rules) {
    rules = compileRules(root);
    compiled.set(root, rules);
  }
  return rules;
}

function compileRules(root: StructuralSchema): CompiledRules {
  const types = new SchemaTypes(root);
  const compiler = compilerFor(types.types);
  const byNode = new Map<StructuralSchema, readonly CompiledRule[]>();
  const faults: RuleFault[] = [];
  const visit = (schema: StructuralSchema): void => {
    if (!schema.rulesBelow) return;
    const rules: CompiledRule[] = [];
    for (const [index, rule] of (schema.source["x-kubernetes-validations"] ?? []).entries()) {
      const self = types.typeOf(schema);
      const oldIsOptional = rule.optionalOldSelf === true;
      const compile = compiler({ self, oldSelf: oldIsOptional ? `optional<${self}>` : self });
      const part = (field: RuleFault["field"], result: "bool" | "string") => {
        try {
          const source = rule[field];
          return source?.trim() ? compile(source, result) : undefined;
        } catch (error) {
          if (!(error instanceof CelCompileError)) throw error;
          faults.push({ schema, index, field, error });
          return undefined;
        }
      };
      const expression = part("rule", "bool");
      const message = part("messageExpression", "string");
      if (expression)
        rules.push({ rule, index, expression, message, isTransition: expression.uses("oldSelf"), oldIsOptional });
    }
    if (rules.length > 0) byNode.set(schema, rules);
    for (const child of childrenOf(schema)) visit(child);
  };
  visit(root);
  return { types, byNode, faults };
}

function childrenOf({ properties, items, additionalProperties }: StructuralSchema): StructuralSchema[] {
  return [...properties.values(), items, additionalProperties].filter((child) => typeof child === "object");
}
