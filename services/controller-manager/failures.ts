import { isStatusError } from "../../lib/base/status-error.ts";

/** Whether the server refused a write because the object's namespace is being deleted: nothing will mend that. */
export function isNamespaceTerminating(error: unknown): boolean {
  return isStatusError(error, "Forbidden") && (error.details.causes ?? []).some(isTermination);
}

function isTermination({ reason }: { reason?: string }): boolean {
  return reason === "NamespaceTerminating";
}

/** What an error says, for conditions and events. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
