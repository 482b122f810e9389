import { utf8Length } from "./utf8-length.ts";

/** Answers what is wrong with a text, in Kubernetes' words; an empty list when nothing is. */
export type NameRule = (value: string) => string[];

/** A name that may be the beginning of a generated one: a dash at its end is allowed then. */
export type ObjectNameRule = (name: string, isPrefix: boolean) => string[];

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const subdomain = `${label}(\\.${label})*`;
const qualified = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

const maxLabel = 63;
const maxSubdomain = 253;

/** A label of a DNS name: at most 63 of a-z, 0-9 and `-`. */
export const dns1123Label: NameRule = (value) => {
  const errors = value.length > maxLabel ? [tooManyCharacters(maxLabel)] : [];
  if (labelPattern.test(value)) return errors;
  errors.push(subdomainPattern.test(value) ? "must not contain dots" : labelMessage);
  return errors;
};
const labelPattern = whole(label);
const labelMessage = patternMessage(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  label,
  "my-name",
  "123-abc",
);

/** A DNS name: labels joined by dots, at most 253 in all. */
export const dns1123Subdomain: NameRule = patternRule(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  subdomain,
  ["example.com"],
  maxSubdomain,
);
const subdomainPattern = whole(subdomain);

/** A label that begins with a letter, as names of services do. */
export const dns1035Label: NameRule = patternRule(
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  "[a-z]([-a-z0-9]*[a-z0-9])?",
  ["my-name", "abc-123"],
  maxLabel,
);

/** A DNS name whose first label is `*`. */
export const wildcardDns1123Subdomain: NameRule = patternRule(
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
  `\\*\\.${subdomain}`,
  ["*.example.com"],
  maxSubdomain,
);

/** The key of a label or annotation: a name, perhaps after a DNS name and a slash. */
export const qualifiedName: NameRule = (value) => {
  if (value.length <= maxLabel && shortKeyPattern.test(value)) return [];
  const parts = value.split("/");
  if (parts.length > 2)
    return [qualifiedMessage(" with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')")];
  const errors: string[] = [];
  const name = parts.at(-1) ?? "";
  const prefix = parts.length === 2 ? parts[0] : undefined;
  if (prefix === "") errors.push("prefix part must be non-empty");
  else if (prefix !== undefined) errors.push(...dns1123Subdomain(prefix).map((message) => `prefix part ${message}`));
  if (name === "") errors.push("name part must be non-empty");
  else if (utf8Length(name) > maxLabel) errors.push(`name part ${tooManyBytes(maxLabel)}`);
  if (!qualifiedPattern.test(name)) errors.push(`name part ${namePartMessage}`);
  return errors;
};
const qualifiedPattern = whole(qualified);
/** As nearly all keys are: neither of their parts can be too long. */
const shortKeyPattern = whole(`(${subdomain}/)?${qualified}`);
const namePartMessage = patternMessage(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  qualified,
  "MyName",
  "my.name",
  "123-abc",
);

function qualifiedMessage(ending: string): string {
  return `a qualified name ${namePartMessage}${ending}`;
}

/** The value of a label: empty, or at most 63 that begin and end with a letter or digit. */
export const labelValue: NameRule = (value) => {
  const errors = utf8Length(value) > maxLabel ? [tooManyBytes(maxLabel)] : [];
  if (!labelValuePattern.test(value)) errors.push(labelValueMessage);
  return errors;
};
const labelValuePattern = whole(`(${qualified})?`);
const labelValueMessage = patternMessage(
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  `(${qualified})?`,
  "MyValue",
  "my_value",
  "12345",
);

/** The name of a port of a container or service (IANA_SVC_NAME): at most 15. */
export const portName: NameRule = (value) => {
  const errors = utf8Length(value) > 15 ? [tooManyCharacters(15)] : [];
  if (!/^[-a-z0-9]+$/.test(value))
    errors.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  if (!/[a-z]/.test(value)) errors.push("must contain at least one letter (a-z)");
  if (value.includes("--")) errors.push("must not contain consecutive hyphens");
  if (value.startsWith("-") || value.endsWith("-")) errors.push("must not begin or end with a hyphen");
  return errors;
};

/** The number of a port. */
export function portNumber(value: number): string[] {
  return inRange(value, 1, 65535);
}

/** A number from `low` to `high`, both included. */
export function inRange(value: number, low: number, high: number): string[] {
  return value >= low && value <= high ? [] : [`must be between ${low} and ${high}, inclusive`];
}

/** The name of an environment variable, as Kubernetes has taken it since 1.34: printable ASCII without `=`. */
export const environmentVariableName: NameRule = (value) => {
  if (value === "") return ["environment variable name must be non-empty"];
  return /^[ -<>-~]+$/.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
};

/** A key of a ConfigMap or Secret: a file name without directories. */
export const configMapKey: NameRule = (value) => [...configMapKeyPattern(value), ...pathStepErrors(value)];
const configMapKeyPattern = patternRule(
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  "[-._a-zA-Z0-9]+",
  ["key.name", "KEY_NAME", "key-name"],
  maxSubdomain,
);

function pathStepErrors(value: string): string[] {
  if (value === ".") return ["must not be '.'"];
  if (value === "..") return ["must not be '..'"];
  return value.startsWith("..") ? ["must not start with '..'"] : [];
}

/** The name of an HTTP header. */
export const httpHeaderName: NameRule = patternRule(
  "a valid HTTP header must consist of alphanumeric characters or '-'",
  "[-A-Za-z0-9]+",
  ["X-Header-Name"],
);

/** A share such as `25%`. */
export const percentage: NameRule = patternRule(
  "a valid percent string must be a numeric string followed by an ending '%'",
  "[0-9]+%",
  ["1%", "93%"],
);

/** A step of a URL's path, as names in RBAC are. */
export const pathSegmentName: ObjectNameRule = (name, isPrefix) => {
  const errors: string[] = [];
  if (!isPrefix && (name === "." || name === "..")) return [`may not be '${name}'`];
  for (const forbidden of ["/", "%"]) if (name.includes(forbidden)) errors.push(`may not contain '${forbidden}'`);
  return errors;
};

/** Names of most kinds. */
export const subdomainName: ObjectNameRule = objectName(dns1123Subdomain);
/** Names of namespaces, and of kinds that become a DNS label. */
export const labelName: ObjectNameRule = objectName(dns1123Label);
/** Names of services before 1.34's relaxed rule, and of what is looked up by DNS. */
export const serviceName: ObjectNameRule = objectName(dns1035Label);

function objectName(rule: NameRule): ObjectNameRule {
  return (name, isPrefix) => rule(isPrefix && name.length > 1 && name.endsWith("-") ? `${name.slice(0, -1)}a` : name);
}

function patternRule(
  message: string,
  pattern: string,
  examples: string[],
  maxLength = Number.POSITIVE_INFINITY,
): NameRule {
  const expression = whole(pattern);
  const text = patternMessage(message, pattern, ...examples);
  return (value) => {
    const errors = utf8Length(value) > maxLength ? [tooManyCharacters(maxLength)] : [];
    if (!expression.test(value)) errors.push(text);
    return errors;
  };
}

function whole(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`);
}

function patternMessage(message: string, pattern: string, ...examples: string[]): string {
  const shown = examples.map((example) => `'${example}', `).join(" or ");
  return `${message} (e.g. ${shown}regex used for validation is '${pattern}')`;
}

function tooManyCharacters(max: number): string {
  return `must be no more than ${max} characters`;
}

function tooManyBytes(max: number): string {
  return `must be no more than ${max} bytes`;
}
