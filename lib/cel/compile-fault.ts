/** An error of the library, as far as it says more than its message. */
interface LibraryError {
  readonly code?: string;
  readonly summary: string;
  readonly node?: FaultyNode | undefined;
  readonly range?: { readonly start: number } | undefined;
}

interface FaultyNode {
  readonly op?: string;
  readonly args?: unknown;
  readonly input?: string;
  readonly start?: number;
  readonly candidates?: { readonly declarations?: readonly unknown[] };
}

/** What is wrong with an expression, and where, as Kubernetes says it; the place is left out where `source` is not what was read. */
export function compileFault(error: unknown, source: string, isSource: boolean): string {
  if (!isLibraryError(error)) return `ERROR: ${error instanceof Error ? error.message : String(error)}`;
  const what = wording(error);
  if (!isSource) return `ERROR: ${what}`;
  const place = Math.max(0, placeOf(error, source));
  const before = source.slice(0, place).split("\n");
  const column = before.at(-1)?.length ?? 0;
  const line = source.split("\n")[before.length - 1] ?? "";
  return `ERROR: <input>:${before.length}:${column + 1}: ${what}\n | ${line}\n | ${".".repeat(column)}^`;
}

function isLibraryError(error: unknown): error is Error & LibraryError {
  return error instanceof Error && "summary" in error && typeof error.summary === "string";
}

function wording({ name, code, summary, node }: Error & LibraryError): string {
  const rest = summary.slice(summary.indexOf(": ") + 2);
  switch (code) {
    case "unknown_variable":
      return `undeclared reference to '${rest}' (in container '')`;
    case "no_such_key":
      return `undefined field '${rest}'`;
    case "no_such_overload":
      return operatorOverload(rest) ?? summary;
    case "no_matching_overload":
      return functionOverload(summary, node);
    default:
      return name === "ParseError" ? `Syntax error: ${summary}` : summary;
  }
}

function operatorOverload(operands: string): string | undefined {
  const { left, operator, right } = /^(?<left>.+) (?<operator>\S+) (?<right>.+)$/.exec(operands)?.groups ?? {};
  if (left === undefined || right === undefined) return undefined;
  const name = operator === "in" ? "@in" : `_${operator}_`;
  return `found no matching overload for '${name}' applied to '(${typeName(left)}, ${typeName(right)})'`;
}

function functionOverload(summary: string, node: FaultyNode | undefined): string {
  const { on, name, given } = /'(?:(?<on>.+)\.)?(?<name>\w+)\((?<given>.*)\)'$/.exec(summary)?.groups ?? {};
  if (name === undefined || given === undefined) return summary;
  if (node?.candidates?.declarations?.length === 0) return `undeclared reference to '${name}' (in container '')`;
  const target = on === undefined ? "" : `${typeName(on)}.`;
  return `found no matching overload for '${name}' applied to '${target}(${typeName(given)})'`;
}

/** `list<string>` as Kubernetes writes it: `list(string)`. */
function typeName(name: string): string {
  return name.replaceAll("<", "(").replaceAll(">", ")");
}

/** Operators stand for what is on both sides of them, dots for fields, parentheses for calls. */
function placeOf({ node, range }: LibraryError, source: string): number {
  const start = range?.start ?? node?.start ?? 0;
  const args: unknown[] = Array.isArray(node?.args) ? node.args : [];
  switch (node?.op) {
    case ".":
      return source.lastIndexOf(".", start);
    case "rcall":
      return source.indexOf("(", endOf(args[1]));
    case "call":
      return source.indexOf("(", start);
    default:
      return args.length === 2 && node?.op && endOf(args[0]) > 0 ? source.indexOf(node.op, endOf(args[0])) : start;
  }
}

function endOf(node: unknown): number {
  return typeof node === "object" && node !== null && "end" in node && typeof node.end === "number" ? node.end : 0;
}
