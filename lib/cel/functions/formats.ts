import type { Environment } from "@marcbachmann/cel-js";
import { dns1035Label, dns1123Label, dns1123Subdomain, labelValue, qualifiedName } from "../../api/names.ts";
import { celOptional } from "../values.ts";

/** Answers what is wrong with a text. */
class CelFormat {
  readonly problems: (text: string) => string[];

  constructor(problems: (text: string) => string[]) {
    this.problems = problems;
  }
}

const matching = (pattern: RegExp, message: string) => (text: string) => (pattern.test(text) ? [] : [message]);

const prefixOf = (rule: (text: string) => string[]) => (text: string) => rule(text.replace(/-$/, ""));

const formats: Readonly<Record<string, (text: string) => string[]>> = {
  dns1123Label,
  dns1123Subdomain,
  dns1035Label,
  qualifiedName,
  labelValue,
  dns1123LabelPrefix: prefixOf(dns1123Label),
  dns1123SubdomainPrefix: prefixOf(dns1123Subdomain),
  dns1035LabelPrefix: prefixOf(dns1035Label),
  uri: (text) => (text.startsWith("/") || URL.canParse(text) ? [] : ["invalid URI"]),
  uuid: matching(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i, "does not match the UUID format"),
  byte: matching(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, "invalid base64"),
  date: matching(/^\d{4}-(0\d|1[0-2])-([0-2]\d|3[01])$/, "invalid date"),
  datetime: (text) =>
    /^\d{4}-\d\d-\d\d[Tt ]\d\d:/.test(text) && !Number.isNaN(Date.parse(text)) ? [] : ["invalid datetime"],
};

/** `format.dns1123Label()` and the like. */
export function registerFormats(environment: Environment): void {
  class Namespace {}
  const known = new Map(Object.entries(formats).map(([name, problems]) => [name, new CelFormat(problems)]));
  environment
    .registerType("Format", CelFormat)
    .registerType("FormatNamespace", Namespace)
    .registerConstant("format", "FormatNamespace", new Namespace())
    .registerFunction("FormatNamespace.named(string): optional<Format>", (_: Namespace, name: string) =>
      celOptional(known.get(name)),
    )
    .registerFunction("Format.validate(string): optional<list<string>>", (it: CelFormat, text: string) => {
      const problems = it.problems(text);
      return celOptional(problems.length > 0 ? problems : undefined);
    });
  for (const [name, format] of known) environment.registerFunction(`FormatNamespace.${name}(): Format`, () => format);
}
