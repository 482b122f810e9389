import type { Environment } from "@marcbachmann/cel-js";
import { celOptional } from "../values.ts";

interface Checker {
  check(node: unknown, context: Context): { valueType?: unknown; kind: string };
  getType(name: string): unknown;
  createError(code: string, message: string, node: unknown): Error;
}

interface Evaluator {
  run(node: unknown, context: Context): unknown;
}

interface Context {
  forkWithVariable(name: string, type: unknown): Context;
  reuse(parent: Context): Context;
  setIterValue(value: unknown, evaluator: Evaluator): Context;
}

interface Macro {
  readonly receiver: unknown;
  readonly name: string;
  readonly transform: unknown;
  inner?: Context;
}

interface MacroCall {
  readonly args: readonly { op: string; args: unknown }[];
  readonly receiver: unknown;
}

/** A value that may be absent, as the library has it. */
interface OptionalValue {
  hasValue(): boolean;
  value(): unknown;
  constructor: { of(value: unknown): unknown };
}

/** `optMap`, `optFlatMap` and `optional.ofNonZeroValue`, which the library does not have. */
export function registerOptionals(environment: Environment): void {
  const register = (name: string, wrap: (from: OptionalValue, result: unknown) => unknown) =>
    environment.registerFunction(`optional<dyn>.${name}(ast, ast): optional<dyn>`, (call: MacroCall) =>
      expand(call, wrap),
    );
  register("optMap", (from, result) => from.constructor.of(result));
  register("optFlatMap", (_, result) => result);
  environment.registerFunction("OptionalNamespace.ofNonZeroValue(dyn): optional<dyn>", (_: object, value: unknown) =>
    celOptional(isZero(value) ? undefined : value),
  );
}

function expand({ args, receiver }: MacroCall, wrap: (from: OptionalValue, result: unknown) => unknown) {
  const [variable, transform] = args;
  return {
    receiver,
    transform,
    name: variable?.op === "id" ? String(variable.args) : "",
    typeCheck(checker: Checker, macro: Macro, context: Context) {
      if (!macro.name) throw checker.createError("invalid_macro_argument", "invalid variable argument", variable);
      const type = checker.check(macro.receiver, context);
      macro.inner = context.forkWithVariable(macro.name, type.valueType ?? checker.getType("dyn"));
      checker.check(macro.transform, macro.inner);
      return checker.getType("optional<dyn>");
    },
    evaluate(evaluator: Evaluator, macro: Macro, context: Context) {
      // The receiver of an optional function is optional: checked before.
      const value = evaluator.run(macro.receiver, context) as OptionalValue;
      if (!value.hasValue() || !macro.inner) return value;
      const inner = macro.inner.reuse(context).setIterValue(value.value(), evaluator);
      return wrap(value, evaluator.run(macro.transform, inner));
    },
    async: false,
  };
}

function isZero(value: unknown): boolean {
  if (value === null || value === "" || value === false || value === 0 || value === 0n) return true;
  if (Array.isArray(value)) return value.length === 0;
  if (value instanceof Map || value instanceof Set) return value.size === 0;
  return typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype && !Object.keys(value).length;
}
