import { evaluatePath, type TemplatePart } from "./json-path.ts";
import { parseJsonPath } from "./parse-json-path.ts";
import { formatJson } from "./serialise.ts";

/** What a JSONPath template makes of a value. @throws CliError */
export function printJsonPath(template: string, value: unknown, asJson: boolean): string {
  const parts = parseJsonPath(template);
  if (asJson)
    return `${formatJson(parts.flatMap((part) => (part.type === "path" ? evaluatePath(part.steps, value, value) : [])))}\n`;
  return printParts(parts, value, value);
}

function printParts(parts: readonly TemplatePart[], here: unknown, root: unknown): string {
  return parts.map((part) => printPart(part, here, root)).join("");
}

function printPart(part: TemplatePart, here: unknown, root: unknown): string {
  switch (part.type) {
    case "text":
      return part.text;
    case "path":
      return evaluatePath(part.steps, here, root).map(valueText).join(" ");
    case "range":
      return evaluatePath(part.steps, here, root)
        .map((item) => printParts(part.body, item, root))
        .join("");
  }
}

/** A value as it stands in the output: texts as they are, objects as JSON. */
export function valueText(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "object" && value !== null ? formatJson(value, 0) : String(value ?? "<nil>");
}
