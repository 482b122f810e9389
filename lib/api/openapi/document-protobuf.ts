import type { BinaryWriter } from "@bufbuild/protobuf/wire";
import { isRecord, type JsonRecord } from "../records.ts";
import {
  anything,
  each,
  encoded,
  flag,
  type MessageTable,
  members,
  message,
  namedMember,
  oneOf,
  real,
  type Shape,
  text,
  whole,
  wrapped,
  writeFields,
} from "./protobuf-shapes.ts";

// The protobuf form of OpenAPI v2, `openapi.v2.Document`: which number each member of the JSON has there.

const limits = (first: number): Record<string, readonly [number, Shape]> => ({
  maximum: [first, real],
  exclusiveMaximum: [first + 1, flag],
  minimum: [first + 2, real],
  exclusiveMinimum: [first + 3, flag],
  maxLength: [first + 4, whole],
  minLength: [first + 5, whole],
  pattern: [first + 6, text],
  maxItems: [first + 7, whole],
  minItems: [first + 8, whole],
  uniqueItems: [first + 9, flag],
});

const externalDocs: MessageTable = { fields: { description: [1, text], url: [2, text] }, extensions: 3 };

const schemaTable: MessageTable = {
  fields: {
    $ref: [1, text],
    format: [2, text],
    title: [3, text],
    description: [4, text],
    default: [5, anything],
    multipleOf: [6, real],
    ...limits(7),
    maxProperties: [17, whole],
    minProperties: [18, whole],
    required: [19, each(text)],
    enum: [20, each(anything)],
    additionalProperties: [
      21,
      oneOf((value) => (typeof value === "boolean" ? wrapped(flag, 2) : wrapped(message(() => schemaTable)))),
    ],
    type: [22, wrapped(each(text))],
    items: [23, wrapped(message(() => schemaTable))],
    allOf: [24, each(message(() => schemaTable))],
    properties: [25, wrapped(members(message(() => schemaTable)))],
    discriminator: [26, text],
    readOnly: [27, flag],
    externalDocs: [29, message(() => externalDocs)],
    example: [30, anything],
  },
  extensions: 31,
};

const schema = message(() => schemaTable);
const jsonReference = message(() => ({ fields: { $ref: [1, text], description: [2, text] } }));

const bodyParameter = message(() => ({
  fields: { description: [1, text], name: [2, text], in: [3, text], required: [4, flag], schema: [5, schema] },
  extensions: 6,
}));

/** Parameters of a path or of a query; those of a query have one field more, after the fourth. */
function plainParameter(shift: 0 | 1): Shape {
  const table: MessageTable = {
    fields: {
      required: [1, flag],
      in: [2, text],
      description: [3, text],
      name: [4, text],
      type: [5 + shift, text],
      format: [6 + shift, text],
      default: [9 + shift, anything],
      ...limits(10 + shift),
      enum: [20 + shift, each(anything)],
    },
    extensions: 22 + shift,
  };
  return message(() => table);
}

const pathParameter = plainParameter(0);
const queryParameter = plainParameter(1);

const parameter = oneOf((value) => {
  switch (isRecord(value) ? value["in"] : undefined) {
    case "body":
      return wrapped(bodyParameter);
    case "query":
      return wrapped(wrapped(queryParameter, 3), 2);
    case "path":
      return wrapped(wrapped(pathParameter, 4), 2);
    default:
      return undefined;
  }
});

const parameterItem = oneOf((value) => (isReference(value) ? wrapped(jsonReference, 2) : wrapped(parameter)));

const response = message(() => ({
  fields: { description: [1, text], schema: [2, wrapped(schema)] },
  extensions: 5,
}));

const operation = message(() => operationTable);
const operationTable: MessageTable = {
  fields: {
    tags: [1, each(text)],
    summary: [2, text],
    description: [3, text],
    operationId: [5, text],
    produces: [6, each(text)],
    consumes: [7, each(text)],
    parameters: [8, each(parameterItem)],
    responses: [9, members1(wrapped(response))],
    schemes: [10, each(text)],
    deprecated: [11, flag],
  },
  extensions: 13,
};

const pathItem = message(() => pathItemTable);
const pathItemTable: MessageTable = {
  fields: {
    get: [2, operation],
    put: [3, operation],
    post: [4, operation],
    delete: [5, operation],
    options: [6, operation],
    head: [7, operation],
    patch: [8, operation],
    parameters: [9, each(parameterItem)],
  },
  extensions: 9 + 1,
};

const apiKey = message(() => ({
  fields: { type: [1, text], name: [2, text], in: [3, text], description: [4, text] },
  extensions: 5,
}));

const headTable: MessageTable = {
  fields: {
    swagger: [1, text],
    info: [2, message(() => ({ fields: { title: [1, text], version: [2, text], description: [3, text] } }))],
    parameters: [10, members1(parameter)],
    security: [12, each(members1(wrapped(each(text))))],
    securityDefinitions: [13, members1(wrapped(apiKey, 2))],
  },
};

/** A message whose field 1 holds the members of a record. */
function members1(shape: Shape): Shape {
  return wrapped(members(shape));
}

function isReference(value: unknown): boolean {
  return isRecord(value) && typeof value["$ref"] === "string";
}

/** A path with its operations, as one of those that `encodeDocument` takes. */
export function encodePath(path: string, item: JsonRecord): Uint8Array {
  return encoded((writer) => namedMember(writer, 2, path, item, pathItem));
}

/** A definition, as one of those that `encodeDocument` takes. */
export function encodeDefinition(name: string, definition: JsonRecord): Uint8Array {
  return encoded((writer) => namedMember(writer, 1, name, definition, schema));
}

/** What stands in a document before its paths and after its definitions, and its parts in pieces, in order. */
export function encodeDocument(
  head: JsonRecord,
  paths: readonly Uint8Array[],
  definitions: readonly Uint8Array[],
): Uint8Array[] {
  const begin = encoded((writer) => writeFields(writer, headTable, head));
  return [begin, lengthOf(8, paths), ...paths, lengthOf(9, definitions), ...definitions];
}

function lengthOf(number: number, parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return encoded((writer: BinaryWriter) => writer.uint32((number << 3) | 2).uint32(length));
}
