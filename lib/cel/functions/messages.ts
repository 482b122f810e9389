import { type Environment, Optional } from "@marcbachmann/cel-js";
import { syntaxFunctions } from "../message-syntax.ts";
import type { MessageTypes } from "../messages.ts";
import { sameValue } from "../same-value.ts";

interface Type {
  readonly name: string;
  readonly kind: string;
  readonly valueType?: Type;
}

interface Checker {
  check(node: SyntaxNode, context: unknown): Type;
  getType(name: string): Type;
  createError(code: string, message: string, node: unknown): Error;
}

interface Evaluator {
  run(node: SyntaxNode, context: unknown): unknown;
}

interface SyntaxNode {
  readonly op: string;
  readonly args: unknown;
}

type Entry = readonly [key: SyntaxNode, value: SyntaxNode];

interface MacroCall {
  readonly args: readonly SyntaxNode[];
}

/** A key or an element without the mark that it may be absent. */
interface Unmarked {
  readonly node: SyntaxNode;
  readonly isOptional: boolean;
}

/** Lists and maps with parts that may be absent. */
export function registerOptionalParts(environment: Environment): void {
  environment
    .registerFunction(`${syntaxFunctions.optional}(ast): dyn`, ({ args: [node] }: MacroCall) => ({
      typeCheck(checker: Checker) {
        throw checker.createError("unexpected_optional", "unsupported syntax '?'", node);
      },
      evaluate: () => undefined,
    }))
    .registerFunction(`${syntaxFunctions.list}(ast): list<dyn>`, optionalList)
    .registerFunction(`${syntaxFunctions.map}(ast): map<dyn, dyn>`, optionalMap);
}

/** `Type{field: value}` for types that are known. */
export function registerMessages(environment: Environment, messages: MessageTypes): void {
  for (const [name, { fields, make }] of messages.types) {
    environment.registerType(name, fields === "any" ? make : { fields: { ...fields }, ctor: make });
    environment.registerOperator(`${name} == ${name}`, sameValue);
  }
  environment.registerFunction(`${syntaxFunctions.message}(ast, ast): dyn`, (call: MacroCall) =>
    newMessage(call, messages),
  );
}

function newMessage({ args: [typeNode, fieldsNode] }: MacroCall, messages: MessageTypes) {
  const name = String(typeNode?.args);
  const fields = entriesOf(fieldsNode).map(([key, node]) => {
    const { node: named, isOptional } = unmarked(key);
    return { name: String(named.args), node, isOptional };
  });
  const declared = messages.types.get(name);
  return {
    typeCheck(checker: Checker, _: unknown, context: unknown) {
      if (!declared) throw checker.createError("unknown_type", `undeclared reference to '${name}'`, typeNode);
      for (const { name: field, node, isOptional } of fields) {
        const type = declared.fields === "any" ? "dyn" : declared.fields[field];
        if (type === undefined) throw checker.createError("unknown_field", `undefined field '${field}'`, node);
        const given = checker.check(node, context);
        const value = isOptional ? withinOptional(checker, given, node) : given;
        if (![value.name, "dyn"].includes(type) && value.kind !== "dyn")
          throw checker.createError(
            "field_type",
            `expected type of field '${field}' is '${type}' but provided type is '${value.name}'`,
            node,
          );
      }
      return checker.getType(name);
    },
    evaluate(evaluator: Evaluator, _: unknown, context: unknown) {
      if (!declared) return null;
      const message = new declared.make();
      for (const { name: field, node, isOptional } of fields) {
        const value = evaluator.run(node, context);
        const present = isOptional ? presentValue(value) : value;
        if (present !== undefined) message.set(field, present);
      }
      return message;
    },
    async: false,
  };
}

function optionalList({ args: [list] }: MacroCall) {
  const elements = (Array.isArray(list?.args) ? list.args : []).map(unmarked);
  return {
    typeCheck(checker: Checker, _: unknown, context: unknown) {
      for (const { node, isOptional } of elements) {
        const type = checker.check(node, context);
        if (isOptional) withinOptional(checker, type, node);
      }
      return checker.getType("list<dyn>");
    },
    evaluate(evaluator: Evaluator, _: unknown, context: unknown) {
      const values = elements.map(({ node, isOptional }) => {
        const value = evaluator.run(node, context);
        return isOptional ? presentValue(value) : value;
      });
      return values.filter((value) => value !== undefined);
    },
    async: false,
  };
}

function optionalMap({ args: [map] }: MacroCall) {
  const entries = entriesOf(map).map(([key, value]) => ({ key: unmarked(key), value }));
  return {
    typeCheck(checker: Checker, _: unknown, context: unknown) {
      for (const { key, value } of entries) {
        checker.check(key.node, context);
        const type = checker.check(value, context);
        if (key.isOptional) withinOptional(checker, type, value);
      }
      return checker.getType("map<dyn, dyn>");
    },
    evaluate(evaluator: Evaluator, _: unknown, context: unknown) {
      const made = new Map<unknown, unknown>();
      for (const { key, value } of entries) {
        const name = evaluator.run(key.node, context);
        const given = evaluator.run(value, context);
        const present = key.isOptional ? presentValue(given) : given;
        if (present !== undefined) made.set(name, present);
      }
      return made;
    },
    async: false,
  };
}

function entriesOf(map: SyntaxNode | undefined): readonly Entry[] {
  return Array.isArray(map?.args) ? map.args : [];
}

function unmarked(node: SyntaxNode): Unmarked {
  if (node.op !== "call" || !Array.isArray(node.args) || node.args[0] !== syntaxFunctions.optional)
    return { node, isOptional: false };
  return { node: node.args[1][0], isOptional: true };
}

function withinOptional(checker: Checker, type: Type, node: SyntaxNode): Type {
  if (type.kind === "optional" && type.valueType) return type.valueType;
  if (type.kind === "dyn") return type;
  throw checker.createError("optional_expected", `expected an optional value, got '${type.name}'`, node);
}

/** Undefined where there is none. */
function presentValue(value: unknown): unknown {
  if (!(value instanceof Optional))
    throw new TypeError("no such overload: the value of an optional part is no optional");
  return value.hasValue() ? value.value() : undefined;
}
