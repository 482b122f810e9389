import { messages, type ResourceSchema } from "../../gen/schema.ts";
import type { ApiObject } from "./strategy.ts";

type Fields = { [field: string]: unknown };

interface WithStatus extends ApiObject {
  status?: unknown;
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

/** On an update of the status, the specification and whatever else is beside metadata and status stays. */
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

/** What no update of a status may change in the metadata. */
export function keepLifecycle(object: ApiObject, old: ApiObject): void {
  const metadata = object.metadata;
  if (!metadata) return;
  metadata.generation = old.metadata?.generation;
  metadata.deletionTimestamp = old.metadata?.deletionTimestamp;
  metadata.deletionGracePeriodSeconds = old.metadata?.deletionGracePeriodSeconds;
  metadata.ownerReferences = old.metadata?.ownerReferences;
  metadata.finalizers = old.metadata?.finalizers;
}
