import { isRecord } from "../api/records.ts";

type Step = { member: string } | { index: number } | { every: true };

/** Reads values of an object: `.spec.replicas`, `.status.conditions[?(@.type=="Ready")].status`, `.spec.hosts[0]`. */
export type ReadPath = (object: unknown) => unknown[];

interface Filter {
  readonly path: readonly Step[];
  readonly equals: unknown;
}

type AnyStep = Step | { filter: Filter };

/** Compiles a path. @throws SyntaxError when it cannot be read. */
export function jsonPath(text: string): ReadPath {
  const steps = parse(text);
  return (object) => steps.reduce<unknown[]>((values, step) => values.flatMap((value) => take(value, step)), [object]);
}

function take(value: unknown, step: AnyStep): unknown[] {
  if ("member" in step) return isRecord(value) && Object.hasOwn(value, step.member) ? [value[step.member]] : [];
  const elements = Array.isArray(value) ? value : isRecord(value) && "every" in step ? Object.values(value) : [];
  if ("index" in step) return elements.slice(step.index, step.index === -1 ? undefined : step.index + 1);
  if ("every" in step) return elements;
  return elements.filter((element) => fits(element, step.filter));
}

function fits(element: unknown, { path, equals }: Filter): boolean {
  const found = path.reduce<unknown[]>((values, step) => values.flatMap((value) => take(value, step)), [element]);
  return equals === undefined ? found.length > 0 : found.some((value) => String(value) === String(equals));
}

const tokens =
  /\.?\[\?\(\s*@((?:[^()'"]|'[^']*'|"[^"]*")*?)(?:\s*==\s*('[^']*'|"[^"]*"|[\w.-]+))?\s*\)\]|\.?\['((?:[^'\\]|\\.)*)'\]|\.?\["((?:[^"\\]|\\.)*)"\]|\[(-?\d+)\]|(\[\*\]|\.\*)|\.((?:[^.[\\]|\\.)+)/y;

function parse(text: string): AnyStep[] {
  const path = text.startsWith("$") ? text.slice(1) : text;
  const steps: AnyStep[] = [];
  tokens.lastIndex = 0;
  while (tokens.lastIndex < path.length) {
    const match = tokens.exec(path);
    if (!match) throw new SyntaxError(`unrecognized character in a path: ${text}`);
    steps.push(stepOf(match));
    // Nested parsing of a filter has moved it.
    tokens.lastIndex = match.index + match[0].length;
  }
  return steps;
}

function stepOf([, filter, equals, single, double, index, every, member]: RegExpExecArray): AnyStep {
  if (filter !== undefined) return { filter: { path: plainSteps(filter.trim()), equals: literal(equals) } };
  if (index !== undefined) return { index: Number(index) };
  if (every !== undefined) return { every: true };
  return { member: (single ?? double ?? member ?? "").replaceAll(/\\(.)/g, "$1") };
}

function plainSteps(text: string): Step[] {
  return parse(text).flatMap((step) => ("filter" in step ? [] : [step]));
}

function literal(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  return /^['"]/.test(text) ? text.slice(1, -1) : text;
}
