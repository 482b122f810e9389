import { readMessages } from "./message-syntax.ts";
import { escapeProperty } from "./values.ts";

/** Fields of a message by name, each with its type; `any` for messages that take all fields. */
export type MessageFields = Readonly<Record<string, string>> | "any";

/** A message that an expression has made. */
export class CelMessage extends Map<string, unknown> {
  readonly typeName: string = "";
}

/** The messages that some expressions can make, and pass to one another. */
export class MessageTypes {
  readonly #fieldsOf: (type: string) => MessageFields | undefined;
  readonly #types = new Map<string, { fields: MessageFields; make: new () => CelMessage }>();

  /** `fieldsOf` answers undefined for types that there are not. */
  constructor(fieldsOf: (type: string) => MessageFields | undefined) {
    this.#fieldsOf = fieldsOf;
  }

  /** Those that have been declared so far. */
  get types(): ReadonlyMap<string, { readonly fields: MessageFields; readonly make: new () => CelMessage }> {
    return this.#types;
  }

  /** Takes note of the messages that an expression makes, so that other expressions know them. */
  declareIn(source: string): void {
    for (const name of readMessages(source).messages) this.declare(name);
  }

  /** Whether there is such a type. */
  declare(name: string): boolean {
    if (this.#types.has(name)) return true;
    const fields = this.#fieldsOf(name);
    if (!fields) return false;
    const make = class extends CelMessage {
      override readonly typeName = name;
    };
    this.#types.set(name, { fields, make });
    return true;
  }
}

const escaped = /^__(?<keyword>[a-z]+)__$|__(?<mark>underscores|dot|dash|slash)__/;
const marks: Readonly<Record<string, string>> = { underscores: "__", dot: ".", dash: "-", slash: "/" };

/** The property that a field of a message stands for: the opposite of `escapeProperty`. */
export function propertyOf(field: string): string {
  if (!escaped.test(field)) return field;
  const keyword = field.slice(2, -2);
  if (escapeProperty(keyword) === field) return keyword;
  return field.replaceAll(/__(underscores|dot|dash|slash)__/g, (_, mark: string) => marks[mark] ?? "");
}
