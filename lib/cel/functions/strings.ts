import type { Environment } from "@marcbachmann/cel-js";

/** Functions of texts besides those of the language. */
export function registerStrings(environment: Environment): void {
  environment
    .registerFunction("string.charAt(int): string", (text: string, at: bigint) => charAt(text, Number(at)))
    .registerFunction("string.replace(string, string): string", (text: string, from: string, to: string) =>
      text.replaceAll(from, () => to),
    )
    .registerFunction(
      "string.replace(string, string, int): string",
      (text: string, from: string, to: string, count: bigint) => replaceSome(text, from, to, Number(count)),
    )
    .registerFunction("string.reverse(): string", (text: string) => [...text].reverse().join(""))
    .registerFunction("string.format(list<dyn>): string", (template: string, values: unknown[]) =>
      format(template, values),
    );
}

function charAt(text: string, at: number): string {
  const characters = [...text];
  if (at < 0 || at > characters.length) throw new RangeError(`index out of range: ${at}`);
  return characters[at] ?? "";
}

function replaceSome(text: string, from: string, to: string, count: number): string {
  if (count < 0) return text.replaceAll(from, () => to);
  let left = count;
  return text.replaceAll(from, (found) => (left-- > 0 ? to : found));
}

const verb = /%(?:%|(?:\.(\d+))?([sdfexXob]))/g;

function format(template: string, values: readonly unknown[]): string {
  let at = 0;
  return template.replaceAll(verb, (whole, precision: string | undefined, letter: string | undefined) => {
    if (letter === undefined) return "%";
    if (at >= values.length) throw new RangeError(`index ${at} out of range`);
    return formatted(values[at++], letter, precision === undefined ? 6 : Number(precision), whole);
  });
}

function formatted(value: unknown, letter: string, precision: number, whole: string): string {
  if (letter === "s") return textOf(value);
  if (typeof value === "string" && (letter === "x" || letter === "X")) {
    const hex = Buffer.from(value).toString("hex");
    return letter === "X" ? hex.toUpperCase() : hex;
  }
  if (typeof value === "boolean" && letter === "b") return value ? "1" : "0";
  if (typeof value !== "bigint" && typeof value !== "number")
    throw new TypeError(`error during formatting: ${whole} does not take this value`);
  switch (letter) {
    case "f":
      return Number(value).toFixed(precision);
    case "e":
      return Number(value)
        .toExponential(precision)
        .replace(/e([+-])(\d)$/, "e$10$2");
    case "x":
      return value.toString(16);
    case "X":
      return value.toString(16).toUpperCase();
    case "o":
      return value.toString(8);
    case "b":
      return value.toString(2);
    default:
      return String(value);
  }
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join(", ")}]`;
  if (value instanceof Map || isPlain(value))
    return `{${[...entriesOf(value)].map(([key, member]) => `${textOf(key)}: ${textOf(member)}`).join(", ")}}`;
  if (value instanceof Date) return value.toISOString().replace(/\.000Z$/, "Z");
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  return String(value);
}

function isPlain(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function entriesOf(value: object): Iterable<[unknown, unknown]> {
  return value instanceof Map ? value : Object.entries(value);
}
