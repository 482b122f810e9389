import type { Environment } from "@marcbachmann/cel-js";
import { BudgetExceeded, spend } from "../meter.ts";

interface Type {
  readonly kind: string;
  readonly keyType?: Type;
  readonly valueType?: Type;
}

interface Checker {
  check(node: unknown, context: Context): Type;
  getType(name: string): Type;
  createError(code: string, message: string, node: unknown): Error;
}

interface Evaluator {
  run(node: unknown, context: Context): unknown;
}

interface Context {
  forkWithVariable(name: string, type: Type): Context;
  reuse(parent: Context): Context;
  setIterValue(value: unknown, evaluator: Evaluator): Context;
}

interface SyntaxNode {
  readonly op: string;
  readonly args: unknown;
}

interface MacroCall {
  readonly args: readonly SyntaxNode[];
  readonly receiver: unknown;
}

/** Evaluates a part of a macro for one element. */
type Part = (key: unknown, value: unknown) => unknown;
type Entries = readonly (readonly [unknown, unknown])[];

/** What a macro makes of all elements; the last of its parts is what it is about, one before it a filter. */
interface Made {
  readonly result: string;
  make(entries: Entries, parts: readonly Part[]): unknown;
}

const kept = (entries: Entries, parts: readonly Part[]) => {
  const [filter] = parts.length > 1 ? parts : [];
  return filter ? entries.filter(([key, value]) => truth(filter(key, value))) : entries;
};

const macros: Readonly<Record<string, Made>> = {
  all: { result: "bool", make: (entries, [test]) => decide(entries, test, false) },
  exists: { result: "bool", make: (entries, [test]) => decide(entries, test, true) },
  existsOne: { result: "bool", make: (entries, [test]) => kept(entries, test ? [test, test] : []).length === 1 },
  transformList: {
    result: "list<dyn>",
    make: (entries, parts) => kept(entries, parts).map(([key, value]) => parts.at(-1)?.(key, value)),
  },
  transformMap: {
    result: "map<dyn, dyn>",
    make: (entries, parts) =>
      new Map(kept(entries, parts).map(([key, value]) => [key, parts.at(-1)?.(key, value)] as const)),
  },
  transformMapEntry: {
    result: "map<dyn, dyn>",
    make: (entries, parts) =>
      merged(kept(entries, parts).flatMap(([key, value]) => entriesOf(parts.at(-1)?.(key, value)))),
  },
};

/** Macros that name each element by two variables: the index of a list and its element, or the key of a map and its value. */
export function registerTwoVariables(environment: Environment): void {
  for (const [name, made] of Object.entries(macros)) {
    const counts = name.startsWith("transform") ? [3, 4] : [3];
    for (const count of counts) {
      const parameters = Array.from({ length: count }, () => "ast").join(", ");
      environment.registerFunction(`list<dyn>.${name}(${parameters}): ${made.result}`, (call: MacroCall) =>
        expand(call, made),
      );
    }
  }
}

function expand({ args, receiver }: MacroCall, { result, make }: Made) {
  const [first, second, ...rest] = args;
  let outer: Context | undefined;
  let inner: Context | undefined;
  return {
    typeCheck(checker: Checker, _: unknown, context: Context) {
      const type = checker.check(receiver, context);
      if (!["list", "map", "dyn"].includes(type.kind))
        throw checker.createError("invalid_comprehension_range", "the range is neither a list nor a map", receiver);
      const [dyn, int] = [checker.getType("dyn"), checker.getType("int")];
      const keyType = type.kind === "list" ? int : (type.keyType ?? dyn);
      outer = context.forkWithVariable(nameOf(first, checker), keyType);
      inner = outer.forkWithVariable(nameOf(second, checker), type.valueType ?? dyn);
      for (const part of rest) checker.check(part, inner);
      return checker.getType(result);
    },
    evaluate(evaluator: Evaluator, _: unknown, context: Context) {
      const entries = entriesOf(evaluator.run(receiver, context));
      const parts = rest.map(
        (part): Part =>
          (key, value) => {
            spend(1);
            if (!outer || !inner) return undefined;
            const keyed = outer.reuse(context).setIterValue(key, evaluator);
            return evaluator.run(part, inner.reuse(keyed).setIterValue(value, evaluator));
          },
      );
      return make(entries, parts);
    },
    async: false,
  };
}

function nameOf(node: SyntaxNode | undefined, checker: Checker): string {
  if (node?.op === "id") return String(node.args);
  throw checker.createError("invalid_macro_argument", "argument must be a simple name", node);
}

function entriesOf(range: unknown): Entries {
  if (Array.isArray(range)) return range.map((value, index) => [BigInt(index), value] as const);
  if (range instanceof Map) return [...range];
  if (typeof range === "object" && range !== null && Object.getPrototypeOf(range) === Object.prototype)
    return Object.entries(range);
  throw new TypeError("no such overload: the range of a comprehension is neither a list nor a map");
}

/** One element that is `deciding` is enough, also where others fail. */
function decide(entries: Entries, test: Part | undefined, deciding: boolean): boolean {
  let fault: unknown;
  for (const [key, value] of entries) {
    try {
      if (truth(test?.(key, value)) === deciding) return deciding;
    } catch (error) {
      if (error instanceof BudgetExceeded) throw error;
      fault ??= error;
    }
  }
  if (fault !== undefined) throw fault;
  return !deciding;
}

function truth(value: unknown): boolean {
  if (typeof value !== "boolean") throw new TypeError("no such overload: a predicate must be a bool");
  return value;
}

function merged(entries: Entries): Map<unknown, unknown> {
  const made = new Map<unknown, unknown>();
  for (const [key, value] of entries) {
    if (made.has(key)) throw new RangeError(`insert failed: key ${String(key)} already exists`);
    made.set(key, value);
  }
  return made;
}
