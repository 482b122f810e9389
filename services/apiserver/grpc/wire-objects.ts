import { decode } from "../../../lib/api/decode.ts";
import type { ServiceDefinition } from "../../../lib/grpc/method.ts";
import type { CallContext, Handlers } from "../../../lib/grpc/router.ts";
import { isInProcess } from "../auth/in-process.ts";

type Unary = (request: Request, context: CallContext) => unknown;

/** What requests that write have, each some of it. */
interface Request {
  readonly object?: object | undefined;
  readonly bindings?: readonly object[] | undefined;
  readonly eviction?: object | undefined;
}

/** The messages of objects that are not of the kind itself. */
const otherObjects: Readonly<Record<string, string>> = {
  updateScale: "autoscaling.v1.Scale",
  createToken: "authentication.v1.TokenRequest",
};

/**
 * Handlers whose requests come from the network: quantities, times and the like are texts there, which may say anything, and
 * free-form values may nest without end. Objects are checked and brought into the form that they have when they come as JSON.
 * `message` is that of the kind. The handlers throw StatusError BadRequest.
 */
export function checkedFromWire<S extends ServiceDefinition>(
  message: string,
  service: S,
  handlers: Handlers<S>,
): Handlers<S> {
  const checked: Record<string, unknown> = { ...handlers };
  for (const [name, handler] of Object.entries<unknown>(handlers)) {
    const method = service.methods[name];
    if (!method || method.requestStream || method.responseStream || typeof handler !== "function") continue;
    const objectMessage = Object.hasOwn(otherObjects, name) ? (otherObjects[name] ?? message) : message;
    const unary = handler as Unary;
    checked[name] = (request: Request, context: CallContext) =>
      unary(isInProcess(context.identity) ? request : checkedRequest(request, objectMessage), context);
  }
  // The same methods as before.
  return checked as Handlers<S>;
}

function checkedRequest(request: Request, message: string): Request {
  const { object, bindings, eviction } = request;
  if (object) return { ...request, object: canonical(message, object) };
  if (eviction) return { ...request, eviction: canonical("policy.v1.Eviction", eviction) };
  if (bindings) return { ...request, bindings: bindings.map((binding) => canonical("core.v1.Binding", binding)) };
  return request;
}

function canonical(message: string, object: object): object {
  return decode(message, object, "Ignore").object;
}
