import type { JsonRecord } from "../../../../lib/api/records.ts";
import type { ServedResource } from "../../served-resources.ts";
import { operation, patchTypes } from "./operation.ts";
import { bodyParameter, patchParameters, writeParameters } from "./parameters.ts";
import { messageRef } from "./resource-names.ts";

/** A path and what can be done there, in the form of v2. */
export type PathEntry = readonly [path: string, item: JsonRecord];

const patchRef = messageRef("meta.v1.Patch");

/** What is done to an object, or to a part of it. */
export interface ObjectOperations {
  readonly verbs: readonly string[];
  /** `NamespacedDeploymentScale`. */
  readonly name: string;
  /** `the specified Deployment`, `scale of the specified Deployment`. */
  readonly of: string;
  readonly ref: string;
  readonly kind: { group: string; version: string; kind: string };
}

export function objectOperations(served: ServedResource, options: ObjectOperations): JsonRecord {
  const { verbs, name, of, ref, kind } = options;
  return {
    ...(verbs.includes("get") && {
      get: operation(served, { action: "get", id: ["read", name], kind, description: `read ${of}`, answer: ref }),
    }),
    ...(verbs.includes("patch") && {
      patch: operation(served, {
        ...{ action: "patch", id: ["patch", name], kind, description: `partially update ${of}` },
        ...{ consumes: patchTypes(served), parameters: [bodyParameter(patchRef, true), ...patchParameters] },
        ...{ answer: ref, codes: [200, 201] },
      }),
    }),
    ...(verbs.includes("update") && {
      put: operation(served, {
        ...{ action: "put", id: ["replace", name], kind, description: `replace ${of}` },
        parameters: [bodyParameter(ref, true), ...writeParameters],
        ...{ answer: ref, codes: [200, 201] },
      }),
    }),
  };
}

/** `NamespacedPod`, `Node`. */
export function scoped({ schema }: ServedResource): string {
  return schema.namespaced ? `Namespaced${schema.kind}` : schema.kind;
}

export function gvk({ schema }: ServedResource): { group: string; version: string; kind: string } {
  const { group, version, kind } = schema;
  return { group, kind, version };
}

/** `a Pod`, `an Event`; of a plural the kind alone. */
export function article(kind: string): string {
  if (/[^s]s$/.test(kind)) return kind;
  return /^[AEIOU]/i.test(kind) ? `an ${kind}` : `a ${kind}`;
}
