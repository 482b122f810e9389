import { plainNames } from "../../../../lib/api/openapi/definition-names.ts";
import type { JsonRecord } from "../../../../lib/api/records.ts";
import type { PathEntry } from "./object-operations.ts";
import { groupNames, messageRef, refTo } from "./resource-names.ts";

const encodings = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];

function entry(path: string, id: string, tag: string, description: string, $ref: string, types = encodings): PathEntry {
  const get: JsonRecord = {
    ...{ consumes: types, description, operationId: id, produces: types, schemes: ["https"], tags: [tag] },
    responses: { 200: { description: "OK", schema: { $ref } }, 401: { description: "Unauthorized" } },
  };
  return [path, { get }];
}

/** `/api/`. */
export function coreVersionsPath(): PathEntry {
  return entry("/api/", "getCoreAPIVersions", "core", "get available API versions", messageRef("meta.v1.APIVersions"));
}

/** `/apis/`. */
export function groupListPath(): PathEntry {
  return entry("/apis/", "getAPIVersions", "apis", "get available API versions", messageRef("meta.v1.APIGroupList"));
}

/** `/apis/apps/`. */
export function groupPath(group: string): PathEntry {
  const { prefix, tag } = groupNames({ group, version: "" });
  const name = tag.replace(/_$/, "");
  return entry(
    `/apis/${group}/`,
    `get${prefix}APIGroup`,
    name,
    "get information of a group",
    messageRef("meta.v1.APIGroup"),
  );
}

/** `/api/v1/`, `/apis/apps/v1/`. */
export function versionPath(group: string, version: string): PathEntry {
  const { prefix, tag } = groupNames({ group, version });
  const path = group ? `/apis/${group}/${version}/` : `/api/${version}/`;
  const list = messageRef("meta.v1.APIResourceList");
  return entry(path, `get${prefix}APIResources`, tag, "get available resources", list);
}

/** `/version/`. */
export function codePath(): PathEntry {
  const ref = refTo(plainNames.versionInfo);
  return entry("/version/", "getCodeVersion", "version", "get the version information for this server", ref, [
    "application/json",
  ]);
}

/** What those ask for who judge the tokens of service accounts elsewhere. */
export function issuerPaths(): PathEntry[] {
  return [
    textEntry(
      ...(["/.well-known/openid-configuration/", "getServiceAccountIssuerOpenIDConfiguration", "WellKnown"] as const),
      "get service account issuer OpenID configuration, also known as the 'OIDC discovery doc'",
      "application/json",
    ),
    textEntry(
      ...(["/openid/v1/jwks/", "getServiceAccountIssuerOpenIDKeyset", "openid"] as const),
      "get service account issuer OpenID JSON Web Key Set (contains public token verification keys)",
      "application/jwk-set+json",
    ),
  ];
}

function textEntry(path: string, id: string, tag: string, description: string, type: string): PathEntry {
  const get: JsonRecord = {
    ...{ description, operationId: id, produces: [type], schemes: ["https"], tags: [tag] },
    responses: { 200: { description: "OK", schema: { type: "string" } }, 401: { description: "Unauthorized" } },
  };
  return [path, { get }];
}
