import { CliError } from "../cli-error.ts";
import type { Operand, PathStep, TemplatePart } from "./json-path.ts";

/** Parses kubectl's JSONPath templates: `{.items[*].metadata.name}`, `{range .items[*]}…{end}`. @throws CliError */
export function parseJsonPath(template: string): TemplatePart[] {
  return new TemplateParser(template).parts(false);
}

/** A path as users write it, `.metadata.name` or `metadata.name`, as a template. @throws CliError */
export function relaxedPath(path: string): string {
  const inner = /^\{(.*)\}$/s.exec(path)?.[1] ?? path;
  if (!/^[.$[@]/.test(inner)) return `{.${inner}}`;
  return `{${inner}}`;
}

class TemplateParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parts(isInRange: boolean): TemplatePart[] {
    const parts: TemplatePart[] = [];
    while (this.#at < this.#text.length) {
      const open = this.#text.indexOf("{", this.#at);
      const end = open < 0 ? this.#text.length : open;
      if (end > this.#at) parts.push({ type: "text", text: this.#text.slice(this.#at, end) });
      this.#at = end;
      if (open < 0) break;
      const action = this.#action();
      if (action === "end") {
        if (!isInRange) throw fault("not in range, nothing to end");
        return parts;
      }
      parts.push(...this.#actionParts(action));
    }
    if (isInRange) throw fault("unterminated range");
    return parts;
  }

  #actionParts(action: string): TemplatePart[] {
    const range = /^range\s+(.*)$/s.exec(action)?.[1];
    if (range !== undefined) return [{ type: "range", steps: parsePath(range), body: this.parts(true) }];
    return splitActions(action).map((one) =>
      /^["']/.test(one) ? { type: "text", text: unquoted(one) } : { type: "path", steps: parsePath(one) },
    );
  }

  /** The inside of the braces that begin here. */
  #action(): string {
    const start = ++this.#at;
    let quote = "";
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at] ?? "";
      if (quote) {
        if (character === "\\") this.#at++;
        else if (character === quote) quote = "";
      } else if (character === '"' || character === "'") quote = character;
      else if (character === "}") return this.#text.slice(start, this.#at++).trim();
    }
    throw fault("unclosed action");
  }
}

/** `.a "text" .b` in one pair of braces. */
function splitActions(action: string): string[] {
  return (
    action.match(
      /(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\[(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^\]"'])*\]|\[.*$|\\.|[^\s"'[])+/gs,
    ) ?? []
  );
}

function unquoted(text: string): string {
  const inner = text.slice(1, -1);
  return inner.replace(/\\(.)/gs, (_, character: string) => ({ n: "\n", t: "\t", r: "\r" })[character] ?? character);
}

function parsePath(text: string): PathStep[] {
  return new PathParser(text).steps();
}

class PathParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  steps(): PathStep[] {
    const steps: PathStep[] = [];
    while (this.#at < this.#text.length) steps.push(...this.#step());
    return steps;
  }

  #step(): PathStep[] {
    const character = this.#text[this.#at];
    if (character === "$") {
      this.#at++;
      return [{ type: "root" }];
    }
    if (character === "@") {
      this.#at++;
      return [];
    }
    if (character === "[") return [this.#brackets()];
    if (character !== ".") throw fault(`unrecognized character in action: ${JSON.stringify(character)}`);
    this.#at++;
    if (this.#text[this.#at] === ".") {
      if (this.#text[this.#at + 1] === "[") this.#at++;
      return [{ type: "recursive" }];
    }
    return this.#name();
  }

  #name(): PathStep[] {
    if (this.#text[this.#at] === "*") {
      this.#at++;
      return [{ type: "wildcard" }];
    }
    let name = "";
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at] ?? "";
      if (character === "\\") name += this.#text[++this.#at] ?? "";
      else if (".[ ".includes(character)) break;
      else name += character;
    }
    return name ? [{ type: "field", name }] : [];
  }

  #brackets(): PathStep {
    const start = ++this.#at;
    let depth = 0;
    let quote = "";
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at] ?? "";
      if (quote) {
        if (character === "\\") this.#at++;
        else if (character === quote) quote = "";
      } else if (character === '"' || character === "'") quote = character;
      else if (character === "[") depth++;
      else if (character === "]" && depth-- === 0) return bracketStep(this.#text.slice(start, this.#at++).trim());
    }
    throw fault("unterminated array");
  }
}

function bracketStep(inner: string): PathStep {
  const filter = /^\?\((.*)\)$/s.exec(inner)?.[1];
  if (filter !== undefined) return filterStep(filter.trim());
  if (inner === "*") return { type: "wildcard" };
  const parts = inner.split(/,(?=(?:[^'"]|'[^']*'|"[^"]*")*$)/).map((part) => part.trim());
  if (parts.length > 1) return { type: "union", parts: parts.map((part) => [bracketStep(part)]) };
  if (/^["']/.test(inner)) return { type: "field", name: unquoted(inner) };
  if (/^-?\d+$/.test(inner)) return { type: "index", at: Number(inner) };
  const slice = /^(-?\d*):(-?\d*)(?::(\d+))?$/.exec(inner);
  if (!slice) throw fault(`invalid array index ${inner}`);
  const [, from, to, step] = slice;
  return {
    type: "slice",
    from: from ? Number(from) : undefined,
    to: to ? Number(to) : undefined,
    step: Number(step ?? 1),
  };
}

function filterStep(text: string): PathStep {
  const match = /^((?:[^"'=<>!]|"[^"]*"|'[^']*')+?)\s*(==|!=|<=|>=|<|>)\s*(.+)$/s.exec(text);
  if (!match) return { type: "filter", left: operand(text), operator: "exists", right: undefined };
  const [, left = "", operator = "", right = ""] = match;
  return { type: "filter", left: operand(left), operator, right: operand(right) };
}

function operand(text: string): Operand {
  const trimmed = text.trim();
  if (/^["']/.test(trimmed)) return { value: unquoted(trimmed) };
  if (/^-?\d+(?:\.\d+)?$/.test(trimmed)) return { value: Number(trimmed) };
  if (trimmed === "true" || trimmed === "false") return { value: trimmed === "true" };
  return { path: parsePath(trimmed) };
}

function fault(message: string): CliError {
  return new CliError(`error parsing jsonpath: ${message}`);
}
