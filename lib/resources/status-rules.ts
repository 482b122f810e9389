import { messages, type ResourceSchema } from "../../gen/schema.ts";
import type { ApiObject } from "./strategy.ts";

type Fields = { [field: string]: unknown };

interface WithStatus extends ApiObject {
  status?: unknown;
}

interface WithSpec extends ApiObject {
  spec?: unknown;
}

/** On create a client sets no status. */
export function dropStatus(object: WithStatus): void {
  delete object.status;
}

/** On an update of the object itself the status stays. */
export function keepStatus<T extends WithStatus>(object: T, old: T): void {
  if (old.status === undefined) delete object.status;
  else object.status = old.status;
}

/** On an update of the status the specification stays, and of the metadata what no status changes. */
export function keepSpec<T extends WithSpec>(object: T, old: T): void {
  if (old.spec === undefined) delete object.spec;
  else object.spec = old.spec;
  keepLifecycle(object, old);
}

/** As `keepSpec`, for a kind that also has fields beside its specification. */
export function keepAllButStatus(schema: ResourceSchema): (object: ApiObject, old: ApiObject) => void {
  const kept = (messages[schema.message]?.fields ?? [])
    .map((field) => field.name)
    .filter((name) => name !== "metadata" && name !== "status" && name !== "apiVersion" && name !== "kind");
  return (object, old) => {
    const fields = object as Fields;
    const oldFields = old as Fields;
    for (const name of kept) {
      if (oldFields[name] === undefined) delete fields[name];
      else fields[name] = oldFields[name];
    }
    keepLifecycle(object, old);
  };
}

/** Keeps what no update of a status changes in the metadata; labels and annotations may change. */
export function keepLifecycle(object: ApiObject, old: ApiObject): void {
  const metadata = object.metadata;
  if (!metadata) return;
  for (const field of keptMetadata) {
    if (old.metadata?.[field] === undefined) delete metadata[field];
    else Object.assign(metadata, { [field]: old.metadata[field] });
  }
}

const keptMetadata = [
  "generation",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "ownerReferences",
  "finalizers",
] as const;
