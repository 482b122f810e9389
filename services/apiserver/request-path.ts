import type { CallContext } from "../../lib/grpc/router.ts";
import { authorise } from "./auth/authorise.ts";
import type { Caller } from "./core.ts";

/** The first stages of every request: who calls (the door has authenticated them), and whether they may. */
export function letIn(context: CallContext): Caller {
  authorise(context.identity);
  return context;
}
