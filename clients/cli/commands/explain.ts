import { type FieldSchema, type MessageSchema, messages } from "../../../gen/schema.ts";
import { CliError, usageError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { toggle } from "../flags.ts";
import { customMessage } from "../request/custom-kinds.ts";
import { findKind } from "../request/resource-arguments.ts";

export const command = defineCommand({
  usage: "TYPE[.FIELD...]",
  summary: "Get documentation for a resource or a field",
  examples: [
    "typectl explain pods",
    "typectl explain pods.spec.containers",
    "typectl explain deployment.spec --recursive",
  ],
  flags: { recursive: toggle("--recursive", "Show fields of fields too") },
  async run({ context, flags, args }) {
    const [path, ...more] = args;
    if (!path || more.length > 0)
      throw usageError(
        "explain",
        'You must specify the type of resource to explain. Use "typectl api-resources" for a complete list of supported resources.',
      );
    const [kind = "", ...steps] = path.split(".");
    const info = findKind(kind);
    const { message, field } = follow(messageOf(info.message), steps);
    const lines = [
      ...(info.group ? [`GROUP:      ${info.group}`] : []),
      `KIND:       ${info.kind}`,
      `VERSION:    ${info.version}`,
      "",
    ];
    if (field) lines.push(`FIELD: ${field.name} <${typeText(field)}>`, "");
    lines.push("DESCRIPTION:", `    ${field?.doc ?? message?.doc ?? "<empty>"}`, "");
    if (message) lines.push("FIELDS:", ...fieldLines(message, 1, flags.recursive ? depthMax : 1));
    await context.print(lines.join("\n"));
  },
});

/** Schemas may hold themselves. */
const depthMax = 12;

function messageOf(name: string): MessageSchema {
  const found = messages[name] ?? customMessage(name);
  if (!found) throw new CliError(`the contracts have no message ${name}`);
  return found;
}

interface Place {
  readonly message: MessageSchema | undefined;
  readonly field: FieldSchema | undefined;
}

function follow(start: MessageSchema, steps: readonly string[]): Place {
  let place: Place = { message: start, field: undefined };
  for (const step of steps) {
    const field = place.message?.fields.find(({ name }) => name === step);
    if (!field) throw new CliError(`field ${JSON.stringify(step)} does not exist`);
    place = { field, message: field.message ? messageOf(field.message) : undefined };
  }
  return place;
}

function fieldLines(message: MessageSchema, level: number, depth: number, above: readonly string[] = []): string[] {
  const indent = "  ".repeat(level);
  return [...message.fields]
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((field) => {
      const required = field.required ? " -required-" : "";
      const choices = field.enum ? [`${indent}enum: ${field.enum.join(", ")}`] : [];
      const isNew = field.message !== undefined && !above.includes(field.message);
      const inner =
        field.message && isNew && depth > 1
          ? fieldLines(messageOf(field.message), level + 1, depth - 1, [...above, field.message])
          : [];
      return [`${indent}${field.name}\t<${typeText(field)}>${required}`, ...choices, ...inner];
    });
}

const typeNames: Readonly<Record<string, string>> = {
  int32: "integer",
  int64: "integer",
  uint32: "integer",
  double: "number",
  bool: "boolean",
  quantity: "Quantity",
  time: "Time",
  microTime: "MicroTime",
  intOrString: "IntOrString",
  bytes: "string",
  duration: "Duration",
  json: "Object",
};

function typeText({ type, message, repeated, map }: FieldSchema): string {
  const name = message?.includes("#") ? "Object" : message?.split(".").at(-1);
  const one = name ?? typeNames[type] ?? type;
  if (repeated) return `[]${one}`;
  return map ? `map[string]${one}` : one;
}
