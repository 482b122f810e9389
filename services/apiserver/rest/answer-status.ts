import type { Status } from "../../../gen/typernetes/meta/v1/status.ts";
import type { StatusError, StatusReason } from "../../../lib/base/status-error.ts";
import { toStatus } from "../../../lib/grpc/status.ts";
import { encodeAnswer } from "./encode-answer.ts";
import type { Exchange } from "./exchange.ts";
import { acceptedType, json, type MediaType } from "./media-types.ts";

/** What a `Status` is in protobuf. */
export const statusType = { message: "meta.v1.Status", apiVersion: "v1", kind: "Status" };

/** Of these Kubernetes gives no details where there are none to give; of others an empty object. */
const withoutDetails: ReadonlySet<StatusReason> = new Set([
  "BadRequest",
  "Unauthorized",
  "NotAcceptable",
  "Gone",
  "Expired",
  "RequestEntityTooLarge",
]);

/** Answers a failure as Kubernetes' `Status`, in the encoding that the client asked for. */
export function sendFailure(exchange: Exchange, error: StatusError): void {
  const retryAfter = error.details.retryAfterSeconds;
  const headers: Record<string, string> = retryAfter ? { "Retry-After": String(retryAfter) } : {};
  sendStatus(exchange, failureOf(error), error.code, headers);
}

/** Answers a `Status`; `code` is the answer's. */
export function sendStatus(
  exchange: Exchange,
  status: Status,
  code: number,
  headers: Record<string, string> = {},
): void {
  const type = typeOfStatus(exchange);
  exchange.send(code, type, encodeAnswer(exchange, status, type, statusType), headers);
}

/** `Status` as Kubernetes writes it: with empty metadata. */
export function failureOf(error: StatusError): Status {
  const { message, reason, code, ...status } = toStatus(error);
  const { apiVersion, kind } = status;
  const details = definedOf(status.details ?? {});
  const saysNothing = Object.keys(details).length === 0 && withoutDetails.has(error.reason);
  return {
    kind,
    apiVersion,
    metadata: { ...status.metadata },
    status: "Failure",
    message,
    reason,
    ...(!saysNothing && { details }),
    code,
  };
}

/** The `Status` of a deletion after which nothing is left, and the like. */
export function successOf(details: Status["details"], code?: number): Status {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details, code };
}

function typeOfStatus(exchange: Exchange): MediaType["encoding"] {
  try {
    return acceptedType(exchange.headers.accept, () => true).encoding;
  } catch {
    return json;
  }
}

function definedOf<T extends object>(value: T): T;
function definedOf(value: object): object {
  return Object.fromEntries(
    Object.entries(value).filter(
      ([, member]) => member !== undefined && member !== "" && !(Array.isArray(member) && member.length === 0),
    ),
  );
}
