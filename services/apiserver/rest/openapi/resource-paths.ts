import { isRecord, type JsonRecord } from "../../../../lib/api/records.ts";
import type { ServedResource } from "../../served-resources.ts";
import { returnsDeletedObject } from "../returns-deleted-object.ts";
import { article, gvk, objectOperations, type PathEntry, scoped } from "./object-operations.ts";
import { listEncodings, operation } from "./operation.ts";
import {
  bodyParameter,
  deleteCollectionParameters,
  deleteParameters,
  listParameters,
  nameParameter,
  namespaceParameters,
  type Parameter,
  prettyParameters,
  watchParameters,
  writeParameters,
} from "./parameters.ts";
import { definitionOfKind, definitionOfList, messageRef, refTo } from "./resource-names.ts";
import { subresourcePaths } from "./subresource-paths.ts";

const statusRef = messageRef("meta.v1.Status");
const deleteOptions = bodyParameter(messageRef("meta.v1.DeleteOptions"), false);

/** Every path of a served kind. */
export function resourcePaths(served: ServedResource): PathEntry[] {
  const { schema } = served;
  const { group, version, plural, kind, namespaced } = schema;
  const root = group ? `/apis/${group}/${version}` : `/api/${version}`;
  const place = namespaced ? `/namespaces/{namespace}/${plural}` : `/${plural}`;
  const inPlace = namespaced ? namespaceParameters : [];
  const ofOne = [nameParameter(kind), ...inPlace, ...prettyParameters];
  const entries: PathEntry[] = [
    [root + place, { ...collection(served), parameters: [...inPlace, ...prettyParameters] }],
    [`${root}${place}/{name}`, { ...single(served), parameters: ofOne }],
    ...subresourcePaths(served, `${root}${place}/{name}`, ofOne),
  ];
  if (namespaced && schema.verbs.includes("list")) {
    const get = listOperation(served, `${kind}ForAllNamespaces`);
    entries.push([`${root}/${plural}`, { get, parameters: watchParameters }]);
  }
  if (schema.verbs.includes("watch") && !served.isCustom) entries.push(...watchPaths(served, root, place));
  return entries
    .filter(([, item]) => Object.keys(item).some((name) => name !== "parameters"))
    .map(withCommonParameters);
}

/** What all operations of a path ask for stands beside them: where there is one, all but its body. */
function withCommonParameters([path, item]: PathEntry): PathEntry {
  const { parameters: ofPath = [], ...operations } = item;
  const [only, another] = Object.entries(operations);
  if (!only || another || !isRecord(only[1]) || !Array.isArray(ofPath)) return [path, item];
  const [method, { parameters: own, ...operation }] = [only[0], only[1]];
  const all: readonly unknown[] = Array.isArray(own) ? own : [];
  const bodies = all.filter((each) => isRecord(each) && each["in"] === "body");
  const common = all.filter((each) => !bodies.includes(each));
  return [
    path,
    {
      [method]: { ...operation, ...(bodies.length > 0 && { parameters: bodies }) },
      parameters: [...common, ...ofPath],
    },
  ];
}

function collection(served: ServedResource): JsonRecord {
  const { schema } = served;
  const { verbs, kind } = schema;
  const name = scoped(served);
  const ref = refTo(definitionOfKind(served));
  return {
    ...(verbs.includes("deletecollection") && {
      delete: operation(served, {
        ...{ action: "deletecollection", id: ["delete", `Collection${name}`], kind: gvk(served) },
        description: `delete collection of ${kind}`,
        parameters: [deleteOptions, ...deleteCollectionParameters],
        answer: statusRef,
      }),
    }),
    ...(verbs.includes("list") && { get: listOperation(served, name, listParameters) }),
    ...(verbs.includes("create") && {
      post: operation(served, {
        ...{ action: "post", id: ["create", name], kind: gvk(served), description: `create ${article(kind)}` },
        parameters: [bodyParameter(ref, true), ...writeParameters],
        ...{ answer: ref, codes: [200, 201, 202] },
      }),
    }),
  };
}

function single(served: ServedResource): JsonRecord {
  const { schema } = served;
  const { verbs, kind } = schema;
  const name = scoped(served);
  const ref = refTo(definitionOfKind(served));
  return {
    ...(verbs.includes("delete") && {
      delete: operation(served, {
        ...{ action: "delete", id: ["delete", name], kind: gvk(served), description: `delete ${article(kind)}` },
        parameters: [deleteOptions, ...deleteParameters],
        ...{ answer: returnsDeletedObject(schema) ? ref : statusRef, codes: [200, 202] },
      }),
    }),
    ...objectOperations(served, { verbs, name, of: `the specified ${kind}`, ref, kind: gvk(served) }),
  };
}

function listOperation(served: ServedResource, name: string, parameters?: readonly Parameter[]): JsonRecord {
  const { schema } = served;
  return operation(served, {
    ...{ action: "list", id: ["list", name], kind: gvk(served) },
    description: schema.verbs.includes("watch")
      ? `list or watch objects of kind ${schema.kind}`
      : `list objects of kind ${schema.kind}`,
    ...(parameters && { parameters }),
    ...{ produces: listEncodings(served), answer: refTo(definitionOfList(served)) },
  });
}

/** Paths of their own for watches: the old way to ask for them. */
function watchPaths(served: ServedResource, root: string, place: string): PathEntry[] {
  const { kind, plural, namespaced } = served.schema;
  const name = scoped(served);
  const inPlace = namespaced ? namespaceParameters : [];
  const get = (action: string, id: string, what: string, instead = "") =>
    operation(served, {
      ...{ action, id: ["watch", id], kind: gvk(served) },
      description: `watch ${what}. deprecated: use the 'watch' parameter with a list operation instead${instead}.`,
      ...{ produces: listEncodings(served), answer: messageRef("meta.v1.WatchEvent") },
    });
  const list = `individual changes to a list of ${kind}`;
  const filtered = ", filtered to a single item with the 'fieldSelector' parameter";
  const one = get("watch", name, `changes to an object of kind ${kind}`, filtered);
  const entries: PathEntry[] = [
    [
      `${root}/watch${place}`,
      { get: get("watchlist", `${name}List`, list), parameters: [...inPlace, ...watchParameters] },
    ],
    [`${root}/watch${place}/{name}`, { get: one, parameters: [nameParameter(kind), ...inPlace, ...watchParameters] }],
  ];
  if (namespaced) {
    const all = get("watchlist", `${kind}ListForAllNamespaces`, list);
    entries.push([`${root}/watch/${plural}`, { get: all, parameters: watchParameters }]);
  }
  return entries;
}
