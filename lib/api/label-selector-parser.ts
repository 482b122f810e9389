import { StatusError } from "../base/status-error.ts";
import {
  everything,
  LabelMatcher,
  type LabelOperator,
  type LabelRequirement,
  labelRequirement,
} from "./label-selector.ts";

/**
 * Reads a label selector: `a=b,c!=d,e in (x,y),f notin (z),g,!h,i>1,j<2`. Empty text matches everything.
 * @throws StatusError BadRequest, in Kubernetes' words.
 */
export function parseLabelSelector(text: string): LabelMatcher {
  const requirements = new Parser(text).selector();
  return requirements.length === 0 ? everything : new LabelMatcher(requirements);
}

const operatorWords = "in, notin, =, ==, !=, gt, lt";
const symbols = ["==", "!=", "=", "!", "(", ")", ",", ">", "<"];
const operators: Readonly<Record<string, LabelOperator>> = {
  "=": "=",
  "==": "==",
  "!=": "!=",
  in: "in",
  notin: "notin",
  ">": "gt",
  "<": "lt",
};

interface Token {
  readonly kind: "word" | "symbol" | "end";
  readonly text: string;
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(text: string) {
    this.#tokens = tokenise(text);
  }

  selector(): LabelRequirement[] {
    const requirements: LabelRequirement[] = [];
    if (this.#peek().kind === "end") return requirements;
    for (;;) {
      if (!this.#startsRequirement())
        throw this.#expected(requirements.length > 0 ? "identifier after ','" : "!, identifier, or 'end of string'");
      requirements.push(this.#requirement());
      const token = this.#take();
      if (token.kind === "end") return requirements;
      if (token.text !== "," || token.kind !== "symbol")
        throw fault(`found '${token.text}', expected: ',' or 'end of string'`);
    }
  }

  #startsRequirement(): boolean {
    const token = this.#peek();
    return token.kind === "word" || (token.kind === "symbol" && token.text === "!");
  }

  #requirement(): LabelRequirement {
    try {
      return this.#condition();
    } catch (error) {
      throw error instanceof StatusError ? fault(`unable to parse requirement: ${error.message}`) : error;
    }
  }

  #condition(): LabelRequirement {
    const isNegated = this.#takeSymbol("!");
    const key = this.#take();
    if (key.kind !== "word") throw fault(`found '${key.text}', expected: identifier`);
    if (isNegated) return labelRequirement(key.text, "!", []);
    const next = this.#peek();
    if (next.kind === "end" || (next.kind === "symbol" && next.text === ","))
      return labelRequirement(key.text, "exists", []);
    const operator = Object.hasOwn(operators, next.text) ? operators[next.text] : undefined;
    if (!operator) throw this.#expected(operatorWords);
    this.#take();
    const values = operator === "in" || operator === "notin" ? this.#valueSet() : [this.#value()];
    return labelRequirement(key.text, operator, values);
  }

  #value(): string {
    const token = this.#peek();
    if (token.kind === "end" || (token.kind === "symbol" && token.text === ",")) return "";
    if (token.kind !== "word") throw this.#expected("identifier");
    return this.#take().text;
  }

  #valueSet(): string[] {
    if (!this.#takeSymbol("(")) throw fault(`found '${this.#peek().text}' expected: '('`);
    if (this.#takeSymbol(")")) return [];
    const values = new Set<string>();
    for (;;) {
      // An empty place between commas stands for the empty value.
      values.add(this.#peek().kind === "word" ? this.#take().text : "");
      if (this.#takeSymbol(")")) return [...values].sort();
      if (!this.#takeSymbol(",")) throw this.#expected("',' or ')'");
    }
  }

  #takeSymbol(text: string): boolean {
    const token = this.#peek();
    if (token.kind !== "symbol" || token.text !== text) return false;
    this.#next++;
    return true;
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: "end", text: "" };
  }

  #take(): Token {
    const token = this.#peek();
    this.#next++;
    return token;
  }

  #expected(what: string): StatusError {
    return fault(`found '${this.#peek().text}', expected: ${what}`);
  }
}

function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    const symbol = symbols.find((candidate) => text.startsWith(candidate, at));
    if (symbol) tokens.push({ kind: "symbol", text: symbol });
    const word = symbol ?? /^[^\s=!(),><]+/.exec(text.slice(at, at + maxWord))?.[0] ?? "";
    if (!symbol && word) tokens.push({ kind: "word", text: word });
    // Neither a symbol nor a word: white space.
    at += word.length || 1;
  }
  return tokens;
}
/** No valid key or value is longer; a longer word is cut in two and refused. */
const maxWord = 1024;

function fault(message: string): StatusError {
  return new StatusError("BadRequest", message);
}
