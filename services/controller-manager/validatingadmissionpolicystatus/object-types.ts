import { type CompiledField, type CompiledMessage, compiledMessage } from "../../../lib/api/compiled-schema.ts";
import type { CelObjectType } from "../../../lib/cel/compile.ts";
import { escapeProperty } from "../../../lib/cel/values.ts";

/** The types of an object and of all that is in it, those that others use before these. */
export type ObjectTypes = ReadonlyMap<string, CelObjectType>;

const known = new Map<string, ObjectTypes>();

/** What expressions may take for granted of objects of a message (`apps.v1.Deployment`). @throws RangeError when there is none. */
export function objectTypes(message: string): ObjectTypes {
  let types = known.get(message);
  if (!types) {
    types = new TypeWalk().typesOf(compiledMessage(message));
    known.set(message, types);
  }
  return types;
}

class TypeWalk {
  readonly #types = new Map<string, CelObjectType>();
  readonly #begun = new Set<string>();

  typesOf(message: CompiledMessage): ObjectTypes {
    this.#declare(message);
    return this.#types;
  }

  /** Of messages in themselves nothing is taken for granted. */
  #declare(message: CompiledMessage): string {
    if (this.#types.has(message.name)) return message.name;
    if (this.#begun.has(message.name)) return "dyn";
    this.#begun.add(message.name);
    const fields: Record<string, string> = {};
    for (const [name, field] of message.fields) {
      const escaped = escapeProperty(name);
      const type = this.#typeOf(field);
      for (const as of new Set([name, escaped])) if (as !== undefined) fields[as] = type;
    }
    this.#types.set(message.name, { fields, make: class {} });
    return message.name;
  }

  #typeOf(field: CompiledField): string {
    const type = this.#itemType(field);
    if (field.repeated) return `list<${type}>`;
    return field.map ? `map<string, ${type}>` : type;
  }

  #itemType({ type, message }: CompiledField): string {
    switch (type) {
      case "message":
        return message ? this.#declare(message) : "dyn";
      case "string":
        return "string";
      case "bool":
        return "bool";
      case "int32":
      case "int64":
        return "int";
      default:
        // Times, quantities and the like are texts or numbers as they come.
        return "dyn";
    }
  }
}
