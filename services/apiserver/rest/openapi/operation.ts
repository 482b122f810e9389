import type { JsonRecord } from "../../../../lib/api/records.ts";
import type { ServedResource } from "../../served-resources.ts";
import { type Parameter, sharedParameters } from "./parameters.ts";
import { groupNames } from "./resource-names.ts";

/** What an operation does to which kind. */
export interface OperationOptions {
  /** `x-kubernetes-action`. */
  readonly action: string;
  /** Name without the group's version: `list`, and behind it `NamespacedPod`. */
  readonly id: readonly [before: string, after: string];
  readonly description: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly parameters?: readonly Parameter[];
  readonly consumes?: readonly string[];
  readonly produces?: readonly string[];
  /** Reference to what is answered; undefined: text. */
  readonly answer?: string | undefined;
  /** Codes of success. */
  readonly codes?: readonly (keyof typeof codeNames)[];
}

const codeNames = { 200: "OK", 201: "Created", 202: "Accepted" } as const;
const json = "application/json";
const yaml = "application/yaml";
const protobuf = "application/vnd.kubernetes.protobuf";

/** The encodings of a kind's objects; those without a contract have no protobuf. */
export function encodings({ isCustom }: Pick<ServedResource, "isCustom">): string[] {
  return isCustom ? [json, yaml] : [json, yaml, protobuf];
}

/** The encodings of lists and watches. */
export function listEncodings(served: Pick<ServedResource, "isCustom">): string[] {
  if (served.isCustom) return encodings(served);
  return [...encodings(served), `${json};stream=watch`, `${protobuf};stream=watch`];
}

/** Formats of patches that a kind takes. */
export function patchTypes({ isCustom }: Pick<ServedResource, "isCustom">): string[] {
  const types = ["application/json-patch+json", "application/merge-patch+json"];
  if (!isCustom) types.push("application/strategic-merge-patch+json");
  return [...types, "application/apply-patch+yaml"];
}

/** An operation of a kind, in the form of v2. */
export function operation(served: ServedResource, options: OperationOptions): JsonRecord {
  const { prefix, tag } = groupNames(served.schema);
  const { action, id, description, kind, answer, codes = [200] } = options;
  const schema = answer === undefined ? { type: "string" } : { $ref: answer };
  const responses = codes.map((code) => [String(code), { description: codeNames[code], schema }] as const);
  return {
    consumes: options.consumes ?? ["*/*"],
    description,
    operationId: id[0] + prefix + id[1],
    ...(options.parameters?.length && { parameters: options.parameters }),
    produces: options.produces ?? encodings(served),
    responses: { ...Object.fromEntries(responses), 401: { description: "Unauthorized" } },
    schemes: ["https"],
    tags: [tag],
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": kind,
  };
}

/** What stands around the paths and definitions of a document of v2. */
export function documentHead(version: string): JsonRecord {
  return {
    swagger: "2.0",
    info: { title: "Kubernetes", version },
    parameters: sharedParameters,
    securityDefinitions: {
      BearerToken: { description: "A bearer token.", in: "header", name: "authorization", type: "apiKey" },
    },
    security: [{ BearerToken: [] }],
  };
}
