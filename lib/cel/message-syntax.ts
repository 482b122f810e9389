/** Names of the functions that stand for what the library cannot read. */
export const syntaxFunctions = {
  /** `Type{field: value}` as `(type, {"field": value})`. */
  message: "_message_",
  /** A list with elements that may be absent. */
  list: "_list_",
  /** A map with entries that may be absent. */
  map: "_map_",
  /** Such an element, or the key of such an entry. */
  optional: "_optional_",
} as const;

/** An expression as the library can read it, and the types of which it makes messages. */
export interface ReadExpression {
  readonly text: string;
  readonly messages: ReadonlySet<string>;
}

const token =
  /(?<space>\s+|\/\/[^\n]*)|(?<text>[bBrR]{0,2}(?:"""(?:\\.|[^\\])*?"""|'''(?:\\.|[^\\])*?'''|"(?:\\[^\n]|[^"\\\n])*"|'(?:\\[^\n]|[^'\\\n])*'))|(?<name>[A-Za-z_]\w*)|(?<number>\d\w*(?:\.\d\w*)?)|(?<mark>.)/gsy;

interface Frame {
  readonly kind: "message" | "map" | "list" | "other";
  /** Where in the output it begins. */
  readonly opening: number;
  hasOptional: boolean;
  /** An optional element or key is being read. */
  isOptional: boolean;
  /** Choices, whose second mark is no end of a key. */
  choices: number;
}

/**
 * Puts functions in the place of messages (`Type{field: value}`) and of elements and entries that may be absent
 * (`[?a]`, `{?k: v}`, `Type{?field: value}`). Anything else is left as it is.
 */
export function readMessages(source: string): ReadExpression {
  if (!/[{[]/.test(source)) return { text: source, messages: new Set() };
  const reader = new Reader();
  for (const { 0: text, groups = {} } of source.matchAll(token)) {
    if (groups.space !== undefined) reader.pass(text);
    else if (groups.name !== undefined) reader.name(text);
    else if (groups.mark !== undefined) reader.mark(text);
    else reader.operand(text);
  }
  return { text: reader.output.join(""), messages: reader.messages };
}

class Reader {
  readonly output: string[] = [];
  readonly messages = new Set<string>();
  readonly #frames: Frame[] = [];
  /** The last token that is no space; empty at the beginning. */
  #last = "";
  #lastIsOperand = false;
  /** A name with dots, which may turn out to be that of a type. */
  #qualified: { name: string; from: number } | undefined;

  pass(text: string): void {
    this.output.push(text);
  }

  operand(text: string): void {
    this.#take(text, true);
    this.#qualified = undefined;
  }

  name(text: string): void {
    const frame = this.#frames.at(-1);
    const isField = frame?.kind === "message" && this.#isAtStart();
    const qualified = this.#last === "." ? this.#qualified : undefined;
    const from = qualified?.from ?? this.output.length;
    this.#take(isField ? JSON.stringify(text) : text, text !== "in");
    const isName = text !== "in" && !isField && (qualified !== undefined || this.#before(from) !== ".");
    this.#qualified = isName ? { name: qualified ? `${qualified.name}.${text}` : text, from } : undefined;
  }

  mark(text: string): void {
    const frame = this.#frames.at(-1);
    switch (text) {
      case ".":
        this.#take(text, false);
        return;
      case "{":
        this.#openBraces();
        break;
      case "[":
        this.#open(this.#lastIsOperand ? "other" : "list", text);
        break;
      case "(":
        this.#open("other", text);
        break;
      case "}":
      case "]":
      case ")":
        this.#close(text);
        break;
      case "?":
        this.#question(frame);
        break;
      case ":":
        this.#colon(frame);
        break;
      case ",":
        if (frame?.kind === "list") this.#endOptional(frame);
        this.#take(text, false);
        break;
      default:
        this.#take(text, false);
    }
    this.#qualified = undefined;
  }

  #take(text: string, isOperand: boolean): void {
    this.output.push(text);
    this.#last = text;
    this.#lastIsOperand = isOperand;
  }

  /** The last thing before a place in the output that is no space. */
  #before(place: number): string {
    for (let at = place - 1; at >= 0; at--) {
      const text = this.output[at] ?? "";
      if (text.trim() && !text.startsWith("//")) return text;
    }
    return "";
  }

  /** Whether the next thing begins an element or an entry. */
  #isAtStart(): boolean {
    const frame = this.#frames.at(-1);
    return this.#last === "," || this.#last === `${syntaxFunctions.optional}(` || frame?.opening === this.#lastPlace();
  }

  #lastPlace(): number {
    for (let at = this.output.length - 1; at >= 0; at--) {
      const text = this.output[at] ?? "";
      if (text.trim() && !text.startsWith("//")) return at;
    }
    return -1;
  }

  #openBraces(): void {
    const qualified = this.#lastIsOperand ? this.#qualified : undefined;
    if (!qualified) {
      this.#open("map", "{");
      return;
    }
    this.messages.add(qualified.name);
    for (let at = qualified.from; at < this.output.length; at++) this.output[at] = "";
    this.#open("message", `${syntaxFunctions.message}(${JSON.stringify(qualified.name)},{`);
  }

  #open(kind: Frame["kind"], text: string): void {
    this.#take(text, false);
    this.#frames.push({ kind, opening: this.output.length - 1, hasOptional: false, isOptional: false, choices: 0 });
  }

  #close(text: string): void {
    const frame = this.#frames.pop();
    if (frame?.kind === "list") this.#endOptional(frame);
    const { kind, hasOptional = false, opening = 0 } = frame ?? {};
    const isMarked = hasOptional && (kind === "list" || kind === "map");
    if (isMarked) this.output[opening] = `${syntaxFunctions[kind]}(${this.output[opening]}`;
    this.#take(isMarked || kind === "message" ? `${text})` : text, true);
  }

  #question(frame: Frame | undefined): void {
    if (frame && frame.kind !== "other" && this.#isAtStart()) {
      frame.hasOptional = true;
      frame.isOptional = true;
      this.#take(`${syntaxFunctions.optional}(`, false);
      return;
    }
    // `a.?b` and `a[?b]` are no choices.
    const isAccess = this.#last === "." || (frame?.kind === "other" && frame.opening === this.#lastPlace());
    if (frame && !isAccess) frame.choices++;
    // What follows a dot stays behind it.
    if (isAccess) this.output.push("?");
    else this.#take("?", false);
  }

  #colon(frame: Frame | undefined): void {
    if (frame && frame.choices > 0) frame.choices--;
    else if (frame) this.#endOptional(frame);
    this.#take(":", false);
  }

  #endOptional(frame: Frame): void {
    if (!frame.isOptional) return;
    frame.isOptional = false;
    this.output.push(")");
  }
}
