import { compiledMessage } from "./compiled-schema.ts";

/** The field numbers of a path such as `spec.nodeName`. @throws RangeError when the message has no such field. */
export function fieldNumbers(messageName: string, path: string): number[] {
  let message: ReturnType<typeof compiledMessage> | undefined = compiledMessage(messageName);
  return path.split(".").map((name) => {
    const field = message?.fields.get(name);
    if (!field || field.repeated || field.map) throw new RangeError(`${messageName} has no single field at ${path}`);
    message = field.message;
    return field.schema.number;
  });
}
