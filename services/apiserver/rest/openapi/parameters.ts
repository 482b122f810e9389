import { messages } from "../../../../gen/schema.ts";
import type { JsonRecord } from "../../../../lib/api/records.ts";

/** A parameter of an operation, in the form of v2. */
export type Parameter = JsonRecord;

const root = "#/parameters/";

function inQuery(name: string, type: string, description: string): Parameter {
  return { description, in: "query", name, type, uniqueItems: true };
}

const dryRun = inQuery("dryRun", "string", "All: everything is done except that nothing is stored.");

/** Parameters that many operations have: a document holds them once. */
export const sharedParameters: Readonly<Record<string, Parameter>> = Object.fromEntries(
  [
    inQuery("allowWatchBookmarks", "boolean", "A watch also tells from time to time how far it has come."),
    inQuery("continue", "string", "Where the list goes on: what the page before said in its metadata."),
    inQuery("fieldManager", "string", "Who makes the change; owns the fields it sets."),
    inQuery("fieldSelector", "string", "Only objects whose fields are as it says."),
    inQuery("fieldValidation", "string", "What becomes of unknown and duplicate fields: Ignore, Warn or Strict."),
    inQuery("force", "boolean", "An apply takes over fields that others own."),
    inQuery("gracePeriodSeconds", "integer", "How long the object may take to end; 0 is at once."),
    inQuery(
      "ignoreStoreReadErrorWithClusterBreakingPotential",
      "boolean",
      "Deletes an object that cannot be read, whatever follows from that.",
    ),
    inQuery("labelSelector", "string", "Only objects whose labels are as it says."),
    inQuery("limit", "integer", "How many objects a page of the list may have."),
    inQuery("orphanDependents", "boolean", "Dependents stay. Superseded by propagationPolicy."),
    inQuery("pretty", "string", "The answer is indented."),
    inQuery(
      "propagationPolicy",
      "string",
      "What becomes of dependents: Orphan leaves them, Background deletes them afterwards, Foreground before.",
    ),
    inQuery("resourceVersion", "string", "How new the answer has to be."),
    inQuery("resourceVersionMatch", "string", "How resourceVersion is meant: NotOlderThan or Exact."),
    inQuery("sendInitialEvents", "boolean", "A watch begins with what there is."),
    inQuery("timeoutSeconds", "integer", "How long a list or watch may take."),
    inQuery("watch", "boolean", "Changes follow as they happen."),
    {
      ...{ description: "The namespace of the objects.", in: "path", name: "namespace" },
      ...{ required: true, type: "string", uniqueItems: true },
    },
  ].map((parameter) => [String(parameter["name"]), parameter]),
);

const refs = new Map(Object.keys(sharedParameters).map((name) => [name, { $ref: root + name }]));

function shared(...names: string[]): Parameter[] {
  // Old clients look for this one to learn what the server can do, and follow no references.
  return names.flatMap((name) => (name === "dryRun" ? [dryRun] : (refs.get(name) ?? [])));
}

/** The shared parameter that a reference means; the parameter itself when it is none. */
export function resolved(parameter: Parameter): Parameter {
  const { $ref } = parameter;
  return typeof $ref === "string" ? (sharedParameters[$ref.slice(root.length)] ?? parameter) : parameter;
}

export const namespaceParameters = shared("namespace");
export const prettyParameters = shared("pretty");
export const watchParameters = shared(
  ...["allowWatchBookmarks", "continue", "fieldSelector", "labelSelector", "limit", "pretty", "resourceVersion"],
  ...["resourceVersionMatch", "sendInitialEvents", "timeoutSeconds", "watch"],
);
export const listParameters = watchParameters.filter((each) => each["$ref"] !== `${root}pretty`);
export const writeParameters = shared("dryRun", "fieldManager", "fieldValidation");
export const patchParameters = shared("dryRun", "fieldManager", "fieldValidation", "force");
export const deleteParameters = shared(
  ...["dryRun", "gracePeriodSeconds", "ignoreStoreReadErrorWithClusterBreakingPotential", "orphanDependents"],
  ...["propagationPolicy"],
);
export const deleteCollectionParameters = shared(
  ...["continue", "dryRun", "fieldSelector", "gracePeriodSeconds"],
  ...["ignoreStoreReadErrorWithClusterBreakingPotential", "labelSelector", "limit", "orphanDependents"],
  ...["propagationPolicy", "resourceVersion", "resourceVersionMatch", "sendInitialEvents", "timeoutSeconds"],
);

export function nameParameter(kind: string): Parameter {
  return inPath("name", `The name of the ${kind}.`);
}

export function inPath(name: string, description: string): Parameter {
  return { description, in: "path", name, required: true, type: "string", uniqueItems: true };
}

export function bodyParameter($ref: string, required: boolean): Parameter {
  return { in: "body", name: "body", ...(required && { required }), schema: { $ref } };
}

const types: Readonly<Record<string, string>> = { bool: "boolean", int32: "integer", int64: "integer" };
const notAsked = new Set(["apiVersion", "kind"]);

/** What a message of options asks for in a query: `core.v1.PodExecOptions`. */
export function optionParameters(message: string): Parameter[] {
  const fields = messages[message]?.fields ?? [];
  return (
    fields
      // Kubernetes takes a time in a query, but tells of none.
      .filter((field) => !notAsked.has(field.name) && field.type !== "time")
      .map((field) => inQuery(field.name, types[field.type] ?? "string", field.doc ?? ""))
      .sort((left, right) => (String(left["name"]) < String(right["name"]) ? -1 : 1))
  );
}
