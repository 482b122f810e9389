import { StatusError } from "../base/status-error.ts";

/** One condition on one field. */
export interface FieldRequirement {
  /** Path of names joined by dots. */
  readonly field: string;
  readonly operator: "=" | "!=";
  readonly value: string;
}

/** A set of conditions, all of which an object's fields must meet. Immutable. */
export class FieldMatcher {
  readonly requirements: readonly FieldRequirement[];

  constructor(requirements: readonly FieldRequirement[]) {
    this.requirements = requirements;
  }

  /** Whether everything matches. */
  get isEmpty(): boolean {
    return this.requirements.length === 0;
  }

  /** `fieldValue` answers the value of a field; empty when it is absent. */
  matches(fieldValue: (field: string) => string): boolean {
    return this.requirements.every(
      ({ field, operator, value }) => (fieldValue(field) === value) === (operator === "="),
    );
  }

  /** The value that every match has for `field`; undefined when matches may differ. */
  exactValue(field: string): string | undefined {
    return this.requirements.find((requirement) => requirement.field === field && requirement.operator === "=")?.value;
  }

  /** The first field that is none of `supported`. */
  unsupported(supported: readonly string[]): string | undefined {
    return this.requirements.find((requirement) => !supported.includes(requirement.field))?.field;
  }

  /** The selector as text, in the notation of `parseFieldSelector`. */
  toString(): string {
    return this.requirements.map(({ field, operator, value }) => `${field}${operator}${escapeValue(value)}`).join(",");
  }
}

/** Matches every object. */
const everyField = new FieldMatcher([]);

/**
 * Reads a field selector: `metadata.name=x,spec.nodeName!=y`; in values `\`, `,` and `=` stand after a `\`.
 * @throws StatusError BadRequest, in Kubernetes' words.
 */
export function parseFieldSelector(text: string): FieldMatcher {
  const terms = splitTerms(text).filter((term) => term !== "");
  if (terms.length === 0) return everyField;
  return new FieldMatcher(terms.map((term) => readTerm(term, text)));
}

/** Splits at commas that no backslash escapes. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === ",") {
      terms.push(text.slice(start, at));
      start = at + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function readTerm(term: string, whole: string): FieldRequirement {
  const match = /^((?:\\.|[^\\])*?)(!=|==|=)(.*)$/s.exec(term);
  if (!match) throw new StatusError("BadRequest", `invalid selector: '${whole}'; can't understand '${term}'`);
  const [, field = "", operator, value = ""] = match;
  return { field, operator: operator === "!=" ? "!=" : "=", value: unescapeValue(value) };
}

function unescapeValue(value: string): string {
  let plain = "";
  for (let at = 0; at < value.length; at++) {
    const letter = value.charAt(at);
    if (letter === "=" || letter === ",")
      throw new StatusError("BadRequest", `invalid field selector: unescaped character in value: ${letter}`);
    if (letter !== "\\") {
      plain += letter;
      continue;
    }
    const escaped = value.charAt(++at);
    if (!["\\", ",", "="].includes(escaped))
      throw new StatusError("BadRequest", `invalid field selector: invalid escape sequence: \\${escaped}`);
    plain += escaped;
  }
  return plain;
}

function escapeValue(value: string): string {
  return value.replace(/[\\,=]/g, "\\$&");
}
