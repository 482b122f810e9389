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
  scalarChoice,
  text,
  whole,
  wrapped,
  writeFields,
} from "./protobuf-shapes.ts";

// The protobuf form of OpenAPI v3, `openapi.v3.Document`: which number each member of the JSON has there.

const reference = message(() => ({ fields: { $ref: [1, text], summary: [2, text], description: [3, text] } }));

/** Either the thing itself or a reference to one. */
function orReference(shape: Shape): Shape {
  const [itself, other] = [wrapped(shape), wrapped(reference, 2)];
  return oneOf((value) => (isRecord(value) && typeof value["$ref"] === "string" ? other : itself));
}

const schema = message(() => schemaTable);
const schemaOrReference = orReference(schema);
const externalDocs: MessageTable = { fields: { description: [1, text], url: [2, text] }, extensions: 3 };

const schemaTable: MessageTable = {
  fields: {
    nullable: [1, flag],
    readOnly: [3, flag],
    writeOnly: [4, flag],
    externalDocs: [6, message(() => externalDocs)],
    example: [7, anything],
    deprecated: [8, flag],
    title: [9, text],
    multipleOf: [10, real],
    maximum: [11, real],
    exclusiveMaximum: [12, flag],
    minimum: [13, real],
    exclusiveMinimum: [14, flag],
    maxLength: [15, whole],
    minLength: [16, whole],
    pattern: [17, text],
    maxItems: [18, whole],
    minItems: [19, whole],
    uniqueItems: [20, flag],
    maxProperties: [21, whole],
    minProperties: [22, whole],
    required: [23, each(text)],
    enum: [24, each(anything)],
    type: [25, text],
    allOf: [26, each(schemaOrReference)],
    oneOf: [27, each(schemaOrReference)],
    anyOf: [28, each(schemaOrReference)],
    not: [29, schema],
    items: [30, wrapped(each(schemaOrReference))],
    properties: [31, wrapped(members(schemaOrReference))],
    additionalProperties: [
      32,
      oneOf((value) => (typeof value === "boolean" ? scalarChoice({ boolean: 2 }) : wrapped(schemaOrReference))),
    ],
    // There is no form for defaults that are lists or objects.
    default: [33, scalarChoice({ number: 1, boolean: 2, string: 3 })],
    description: [34, text],
    format: [35, text],
  },
  extensions: 36,
};

const mediaType = message(() => ({
  fields: { schema: [1, schemaOrReference], example: [2, anything] },
  extensions: 5,
}));
const content = wrapped(members(mediaType));

const parameter = message(() => ({
  fields: {
    name: [1, text],
    in: [2, text],
    description: [3, text],
    required: [4, flag],
    deprecated: [5, flag],
    allowEmptyValue: [6, flag],
    style: [7, text],
    explode: [8, flag],
    allowReserved: [9, flag],
    schema: [10, schemaOrReference],
    example: [11, anything],
    content: [13, content],
  },
  extensions: 14,
}));
const parameters = each(orReference(parameter));

const requestBody = message(() => ({
  fields: { description: [1, text], content: [2, content], required: [3, flag] },
  extensions: 4,
}));
const response = message(() => ({ fields: { description: [1, text], content: [3, content] }, extensions: 5 }));

const operation = message(() => ({
  fields: {
    tags: [1, each(text)],
    summary: [2, text],
    description: [3, text],
    operationId: [5, text],
    parameters: [6, parameters],
    requestBody: [7, orReference(requestBody)],
    responses: [8, wrapped(members(orReference(response)), 2)],
    deprecated: [10, flag],
  },
  extensions: 13,
}));

const pathItem = message(() => ({
  fields: {
    summary: [2, text],
    description: [3, text],
    get: [4, operation],
    put: [5, operation],
    post: [6, operation],
    delete: [7, operation],
    options: [8, operation],
    head: [9, operation],
    patch: [10, operation],
    parameters: [13, parameters],
  },
  extensions: 14,
}));

const securityScheme = message(() => ({
  fields: { type: [1, text], description: [2, text], name: [3, text], in: [4, text], scheme: [5, text] },
  extensions: 9,
}));

const info = message(() => ({
  fields: { title: [1, text], description: [2, text], version: [6, text] },
  extensions: 7,
}));

const pathsNumber = 4;
const componentsNumber = 5;
const schemasNumber = 1;
const headTable: MessageTable = { fields: { openapi: [1, text], info: [2, info] } };
const schemesTable: MessageTable = { fields: { securitySchemes: [7, wrapped(members(orReference(securityScheme)))] } };

/** A path with its operations, as one of those that `encodeVersionThree` takes. */
export function encodePathItem(path: string, item: unknown): Uint8Array {
  return encoded((writer) => namedMember(writer, 1, path, item, pathItem));
}

/** A schema by its name, as one of those that `encodeVersionThree` takes. */
export function encodeSchema(name: string, value: unknown): Uint8Array {
  return encoded((writer) => namedMember(writer, 1, name, value, schemaOrReference));
}

/** A document with the given paths and schemas; its own are not looked at. */
export function encodeVersionThree(
  document: JsonRecord,
  paths: readonly Uint8Array[],
  schemas: readonly Uint8Array[],
): Uint8Array {
  const { components } = document;
  const writeAll = (writer: BinaryWriter, number: number, parts: readonly Uint8Array[]) => {
    writer.uint32((number << 3) | 2).fork();
    for (const part of parts) writer.raw(part);
    writer.join();
  };
  return encoded((writer) => {
    writeFields(writer, headTable, document);
    writeAll(writer, pathsNumber, paths);
    writer.uint32((componentsNumber << 3) | 2).fork();
    writeAll(writer, schemasNumber, schemas);
    if (isRecord(components)) writeFields(writer, schemesTable, components);
    writer.join();
  });
}
