import { CelMessage, MessageTypes } from "../../../../lib/cel/messages.ts";

/** What an expression for an apply configuration makes. */
export const objectType = "Object";
/** What an expression for a JSON patch makes. */
export const operationsType = "list<JSONPatch>";

const operationFields = { op: "string", path: "string", from: "string", value: "dyn" };

/** The messages that changes are written in: `Object`, with a type for each field that holds fields, and `JSONPatch`. */
export function patchTypes(): MessageTypes {
  return new MessageTypes((name) => {
    if (name === "JSONPatch") return operationFields;
    return name === objectType || name.startsWith(`${objectType}.`) ? "any" : undefined;
  });
}

/** Checks that each message in a field has the type named after the field. @throws Error */
export function checkTypeNames(value: unknown, typeName: string): void {
  if (Array.isArray(value)) for (const item of value) checkTypeNames(item, typeName);
  if (!(value instanceof Map)) return;
  if (value instanceof CelMessage && value.typeName !== typeName)
    throw new Error(
      `type mismatch: unexpected type name ${JSON.stringify(value.typeName)}, expected ${JSON.stringify(typeName)}, which matches field name path from root Object type`,
    );
  for (const [name, member] of value) checkTypeNames(member, `${typeName}.${name}`);
}
