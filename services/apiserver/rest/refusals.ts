import { StatusError } from "../../../lib/base/status-error.ts";

/** No such kind or subresource is served. */
export function resourceNotFound(): StatusError {
  return new StatusError("NotFound", "the server could not find the requested resource");
}

/** What the path names does not have this verb. */
export function methodNotAllowed(): StatusError {
  return new StatusError("MethodNotAllowed", "the server does not allow this method on the requested resource");
}

/** A handler that is there. @throws StatusError MethodNotAllowed for one that is not. */
export function must<H>(handler: H | undefined): H {
  if (handler === undefined) throw methodNotAllowed();
  return handler;
}

/** Nobody can read a body of this type. */
export function unsupportedType(supported: readonly string[]): StatusError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${supported.join(", ")}`;
  return new StatusError("UnsupportedMediaType", message);
}
