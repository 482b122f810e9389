import { isRecord, type JsonRecord } from "../../../../lib/api/records.ts";
import { type Parameter, resolved } from "./parameters.ts";

const methods = new Set(["delete", "get", "head", "options", "patch", "post", "put"]);

/** A path of v2 in the form of v3. */
export function pathOfVersion3(item: JsonRecord): JsonRecord {
  const converted: JsonRecord = {};
  for (const [name, value] of Object.entries(item)) {
    if (methods.has(name) && isRecord(value)) converted[name] = operationOf(value);
    else if (name === "parameters") converted[name] = parametersOf(value);
  }
  return converted;
}

function operationOf(operation: JsonRecord): JsonRecord {
  const { consumes, produces, schemes: _, parameters, responses, ...rest } = operation;
  const body = listOf(parameters).find((each) => each["in"] === "body");
  const others = parametersOf(parameters);
  return {
    ...rest,
    ...(others.length > 0 && { parameters: others }),
    ...(body && { requestBody: requestBody(body, namesOf(consumes)) }),
    responses: responsesOf(responses, namesOf(produces)),
  };
}

function requestBody(body: Parameter, types: readonly string[]): JsonRecord {
  const { required, schema } = body;
  return { content: contentOf(schema, types), ...(required === true && { required }) };
}

function responsesOf(responses: unknown, types: readonly string[]): JsonRecord {
  const converted: JsonRecord = {};
  for (const [code, response] of Object.entries(isRecord(responses) ? responses : {})) {
    if (!isRecord(response)) continue;
    const { schema, ...rest } = response;
    converted[code] = { ...rest, ...(schema !== undefined && { content: contentOf(schema, types) }) };
  }
  return converted;
}

function contentOf(schema: unknown, types: readonly string[]): JsonRecord {
  return Object.fromEntries(types.map((type) => [type, { schema: schemaOf(schema) }]));
}

function schemaOf(schema: unknown): unknown {
  if (!isRecord(schema) || typeof schema["$ref"] !== "string") return schema;
  return { $ref: schema["$ref"].replace("#/definitions/", "#/components/schemas/") };
}

function parametersOf(parameters: unknown): Parameter[] {
  return listOf(parameters)
    .map(resolved)
    .filter((each) => each["in"] !== "body")
    .map(({ type, uniqueItems, ...rest }) => ({ ...rest, schema: { type, uniqueItems } }));
}

function listOf(value: unknown): Parameter[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function namesOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
