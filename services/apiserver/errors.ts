import { StatusError } from "../../lib/base/status-error.ts";
import { maxValueBytes, StoreError } from "../../lib/storage/store.ts";
import type { ResourceInfo } from "./resource-info.ts";

const modified = "the object has been modified; please apply your changes to the latest version and try again";

export function notFound(info: ResourceInfo, name: string): StatusError {
  return new StatusError("NotFound", `${info.groupResource} "${name}" not found`, subject(info, name));
}

export function alreadyExists(info: ResourceInfo, name: string): StatusError {
  return new StatusError("AlreadyExists", `${info.groupResource} "${name}" already exists`, subject(info, name));
}

/** `detail` says what stands against the operation; that the object was modified when absent. */
export function conflict(info: ResourceInfo, name: string, detail = modified): StatusError {
  const message = `Operation cannot be fulfilled on ${info.groupResource} "${name}": ${detail}`;
  return new StatusError("Conflict", message, subject(info, name));
}

export function forbidden(info: ResourceInfo, name: string, detail: string): StatusError {
  const what = name ? `${info.groupResource} "${name}"` : info.groupResource;
  return new StatusError("Forbidden", `${what} is forbidden: ${detail}`, subject(info, name));
}

export function badRequest(message: string): StatusError {
  return new StatusError("BadRequest", message);
}

/** History that a list or watch asks for is gone. */
export function expired(message: string): StatusError {
  return new StatusError("Expired", message);
}

/** What a client is told of a failed access to the store; any other error is handed back as it is. */
export function fromStore(error: unknown, info: ResourceInfo, name: string): unknown {
  if (!(error instanceof StoreError)) return error;
  switch (error.code) {
    case "Exists":
      return alreadyExists(info, name);
    case "NotFound":
      return notFound(info, name);
    case "Conflict":
      return conflict(info, name);
    case "Compacted":
      return expired("The resourceVersion for the provided list or watch is too old.");
    case "FutureRevision":
      return new StatusError("Timeout", "Too large resource version", { retryAfterSeconds: 1 });
    case "TooLarge":
      return new StatusError("RequestEntityTooLarge", `Request entity too large: limit is ${maxValueBytes}`);
    case "Unavailable":
    case "Closed":
      return new StatusError("ServiceUnavailable", `the store does not answer: ${error.message}`, {}, { cause: error });
    case "Locked":
    case "Damaged":
      return new StatusError("InternalError", error.message, {}, { cause: error });
  }
}

function subject(info: ResourceInfo, name: string) {
  return { name, group: info.schema.group, kind: info.schema.plural };
}
