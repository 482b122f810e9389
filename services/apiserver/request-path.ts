import type { CallContext } from "../../lib/grpc/router.ts";
import { authorise } from "./auth/authorise.ts";
import type { Caller } from "./core.ts";
import { fromStore } from "./errors.ts";
import type { ResourceInfo } from "./resource-info.ts";

/**
 * The way of a request: the door has authenticated and decoded; it is let in, the verb does its work (for writes along
 * `write-path.ts`), and what the store had against it is told in the API's words.
 */
export async function serve<T>(
  info: ResourceInfo,
  context: CallContext,
  verb: (caller: Caller) => Promise<T>,
): Promise<T> {
  const caller = letIn(context);
  try {
    return await verb(caller);
  } catch (error) {
    throw fromStore(error, info, "");
  }
}

/** Whether the caller may use this server at all. @throws StatusError `Unauthorized`, `Forbidden`. */
export function letIn(context: CallContext): Caller {
  authorise(context.identity);
  return context;
}
