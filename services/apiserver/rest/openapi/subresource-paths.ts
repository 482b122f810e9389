import type { JsonRecord } from "../../../../lib/api/records.ts";
import type { ServedResource } from "../../served-resources.ts";
import { subresourceKind } from "../api-resources.ts";
import { article, gvk, objectOperations, type PathEntry, scoped } from "./object-operations.ts";
import { encodings, operation } from "./operation.ts";
import { bodyParameter, inPath, optionParameters, type Parameter, writeParameters } from "./parameters.ts";
import { capitalised, definitionOfKind, kindRef, refTo } from "./resource-names.ts";

const connectMethods: Readonly<Record<string, readonly string[]>> = {
  exec: ["get", "post"],
  attach: ["get", "post"],
  portforward: ["get", "post"],
  proxy: ["delete", "get", "head", "options", "patch", "post", "put"],
};

/** The paths of what stands under a kind's objects. */
export function subresourcePaths(served: ServedResource, path: string, parameters: readonly Parameter[]): PathEntry[] {
  return served.schema.subresources.flatMap((subresource) => {
    const place = `${path}/${subresource}`;
    if (Object.hasOwn(connectMethods, subresource)) return connectPaths(served, subresource, place, parameters);
    const item = subresource === "log" ? log(served, parameters) : partPath(served, subresource, parameters);
    return [[place, item] as const];
  });
}

/** A part that is read and written like an object. */
function partPath(served: ServedResource, subresource: string, parameters: readonly Parameter[]): JsonRecord {
  const { schema } = served;
  const { group = schema.group, version = schema.version, kind, verbs } = subresourceKind(schema, subresource);
  const isOwn = kind === schema.kind;
  const found = isOwn ? refTo(definitionOfKind(served)) : kindRef(group, version, kind);
  const ref = found ?? refTo(definitionOfKind(served));
  const options = {
    ...{ verbs, ref, kind: isOwn ? gvk(served) : { group, kind, version } },
    name: scoped(served) + capitalised(subresource),
    of: `${subresource} of the specified ${schema.kind}`,
  };
  const post = operation(served, {
    ...{ action: "post", id: ["create", options.name], kind: options.kind },
    description: `create ${subresource} of ${article(schema.kind)}`,
    parameters: [bodyParameter(ref, true), ...writeParameters],
    ...{ answer: ref, codes: [200, 201, 202] },
  });
  return { ...objectOperations(served, options), ...(verbs.includes("create") && { post }), parameters };
}

function log(served: ServedResource, parameters: readonly Parameter[]): JsonRecord {
  const { kind } = served.schema;
  const get = operation(served, {
    ...{ action: "get", id: ["read", `${scoped(served)}Log`], kind: gvk(served) },
    description: `read log of the specified ${kind}`,
    produces: ["text/plain", ...encodings(served)],
  });
  return { get, parameters: [...optionParameters("core.v1.PodLogOptions"), ...parameters] };
}

/** Parts that are streams: what is asked for stands in the query. */
function connectPaths(
  served: ServedResource,
  subresource: string,
  path: string,
  parameters: readonly Parameter[],
): PathEntry[] {
  const { schema } = served;
  const { kind } = subresourceKind(schema, subresource);
  const own = optionParameters(`core.v1.${kind}`);
  const ofOne = [...own, ...parameters.filter(({ $ref }) => $ref !== "#/parameters/pretty")];
  const item = (suffix: string) =>
    Object.fromEntries(
      (connectMethods[subresource] ?? []).map((method) => [
        method,
        operation(served, {
          ...{ action: "connect", kind: { group: schema.group, kind, version: schema.version } },
          id: ["connect", `${capitalised(method)}${scoped(served)}${capitalised(subresource)}${suffix}`],
          description: `connect ${method.toUpperCase()} requests to ${subresource} of ${schema.kind}`,
          produces: ["*/*"],
        }),
      ]),
    );
  const entries: PathEntry[] = [[path, { ...item(""), parameters: ofOne }]];
  if (subresource !== "proxy") return entries;
  const within = inPath("path", "What is asked for behind the proxy.");
  return [...entries, [`${path}/{path}`, { ...item("WithPath"), parameters: [within, ...ofOne] }]];
}
