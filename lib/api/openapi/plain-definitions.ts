import { plainNames } from "./definition-names.ts";
import type { OpenApiVersion, SchemaObject } from "./open-api-version.ts";

const anything = { description: "Any JSON value." };

const quantity = 'An amount as a number with a suffix: "500m" is half of one, "1Gi" is 1024 times 1024 times 1024.';
const definitions: Readonly<Record<string, SchemaObject>> = {
  [plainNames.quantity]: { description: quantity, type: "string" },
  [plainNames.intOrString]: {
    description: "A whole number or a string.",
    format: "int-or-string",
    type: "string",
  },
  [plainNames.rawExtension]: { description: "An object of any kind.", type: "object" },
  [plainNames.time]: {
    description: "A point in time as RFC 3339 says, in seconds.",
    format: "date-time",
    type: "string",
  },
  [plainNames.microTime]: {
    description: "A point in time as RFC 3339 says, in microseconds.",
    format: "date-time",
    type: "string",
  },
  [plainNames.duration]: { description: 'A span of time: "1h30m".', type: "string" },
  [plainNames.fieldsV1]: {
    description:
      "A set of fields as a tree: f:NAME is a field, k:KEYS and v:VALUE are items of lists, . is the place itself.",
    type: "object",
  },
  [plainNames.json]: anything,
  [plainNames.schemaOrArray]: { description: "A schema, or a list of them." },
  [plainNames.schemaOrBool]: { description: "A schema, or whether anything is allowed." },
  [plainNames.schemaOrStrings]: { description: "A schema, or a list of names." },
  [plainNames.versionInfo]: {
    description: "Which version a server is of.",
    properties: Object.fromEntries(
      [
        ...["buildDate", "compiler", "emulationMajor", "emulationMinor", "gitCommit", "gitTreeState", "gitVersion"],
        ...["goVersion", "major", "minCompatibilityMajor", "minCompatibilityMinor", "minor", "platform"],
      ].map((name) => [name, { type: "string" }]),
    ),
    required: [
      ...[
        "major",
        "minor",
        "gitVersion",
        "gitCommit",
        "gitTreeState",
        "buildDate",
        "goVersion",
        "compiler",
        "platform",
      ],
    ],
    type: "object",
  },
};

/** What v3 says better: a number need not be written as a string. */
const inVersion3: Readonly<Record<string, SchemaObject>> = {
  [plainNames.quantity]: { description: quantity, oneOf: [{ type: "string" }, { type: "number" }] },
  [plainNames.intOrString]: {
    description: "A whole number or a string.",
    format: "int-or-string",
    oneOf: [{ type: "integer" }, { type: "string" }],
  },
};

/** The definition of a type that is no message of the contracts; undefined when it is one. */
export function plainDefinition(name: string, version: OpenApiVersion): SchemaObject | undefined {
  if (version === 3 && Object.hasOwn(inVersion3, name)) return inVersion3[name];
  return Object.hasOwn(definitions, name) ? definitions[name] : undefined;
}
