import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import { Status } from "../../gen/typernetes/meta/v1/status.ts";
import { isStatusError, StatusError, type StatusReason, statusReasonCodes } from "../base/status-error.ts";
import type { Logger } from "../observe/logger.ts";

/** gRPC's own codes (https://grpc.github.io/grpc/core/md_doc_statuscodes.html). */
export const grpcCodes = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** The trailer that carries a `google.rpc.Status` with one `typernetes.meta.v1.Status` in it. */
export const detailsKey = "grpc-status-details-bin";

const statusTypeUrl = "type.googleapis.com/typernetes.meta.v1.Status";

/** Trailers have to fit into a header frame that any client accepts. */
const detailsBytesMax = 24 * 1024;
const messageLengthMax = 4 * 1024;

const codeOfReason: Record<StatusReason, number> = {
  BadRequest: grpcCodes.INVALID_ARGUMENT,
  Unauthorized: grpcCodes.UNAUTHENTICATED,
  Forbidden: grpcCodes.PERMISSION_DENIED,
  NotFound: grpcCodes.NOT_FOUND,
  MethodNotAllowed: grpcCodes.UNIMPLEMENTED,
  NotAcceptable: grpcCodes.INVALID_ARGUMENT,
  AlreadyExists: grpcCodes.ALREADY_EXISTS,
  Conflict: grpcCodes.ABORTED,
  Gone: grpcCodes.OUT_OF_RANGE,
  Expired: grpcCodes.OUT_OF_RANGE,
  RequestEntityTooLarge: grpcCodes.INVALID_ARGUMENT,
  UnsupportedMediaType: grpcCodes.INVALID_ARGUMENT,
  Invalid: grpcCodes.INVALID_ARGUMENT,
  TooManyRequests: grpcCodes.RESOURCE_EXHAUSTED,
  InternalError: grpcCodes.INTERNAL,
  ServiceUnavailable: grpcCodes.UNAVAILABLE,
  ServerTimeout: grpcCodes.UNAVAILABLE,
  Timeout: grpcCodes.DEADLINE_EXCEEDED,
};

/** What a bare gRPC code means, for servers and proxies that send no details. */
const reasonOfCode: Readonly<Record<number, StatusReason>> = {
  [grpcCodes.CANCELLED]: "ServiceUnavailable",
  [grpcCodes.INVALID_ARGUMENT]: "BadRequest",
  [grpcCodes.DEADLINE_EXCEEDED]: "Timeout",
  [grpcCodes.NOT_FOUND]: "NotFound",
  [grpcCodes.ALREADY_EXISTS]: "AlreadyExists",
  [grpcCodes.PERMISSION_DENIED]: "Forbidden",
  [grpcCodes.RESOURCE_EXHAUSTED]: "TooManyRequests",
  [grpcCodes.FAILED_PRECONDITION]: "BadRequest",
  [grpcCodes.ABORTED]: "Conflict",
  [grpcCodes.OUT_OF_RANGE]: "Expired",
  [grpcCodes.UNIMPLEMENTED]: "MethodNotAllowed",
  [grpcCodes.UNAVAILABLE]: "ServiceUnavailable",
  [grpcCodes.UNAUTHENTICATED]: "Unauthorized",
};

/** A failure as gRPC sends it. */
export interface GrpcFailure {
  code: number;
  message: string;
  /** The value of the trailer `grpc-status-details-bin`. */
  details: Uint8Array;
}

/** Kubernetes' `Status` of an error. */
export function toStatus(error: StatusError): Status {
  return {
    ...(error.continueToken !== undefined && { metadata: { continue: error.continueToken } }),
    apiVersion: "v1",
    kind: "Status",
    status: "Failure",
    message: error.message,
    reason: error.reason,
    code: error.code,
    details: error.details,
  };
}

/** The error that a `Status` stands for. */
export function fromStatus(status: Status): StatusError {
  const reason = isReason(status.reason) ? status.reason : "InternalError";
  const { name, group, kind, uid, causes, retryAfterSeconds } = status.details ?? {};
  const details = withoutAbsent({ name, group, kind, uid, causes: causes?.map(withoutAbsent), retryAfterSeconds });
  const options = withoutAbsent({ code: status.code || undefined, continueToken: status.metadata?.continue });
  return new StatusError(reason, status.message ?? reason, details, options);
}

/** Makes any error a `StatusError`; what is not one was not expected, and is logged here with its stack. */
export function toStatusError(error: unknown, call: string, logger: Logger | undefined): StatusError {
  if (isStatusError(error)) return error;
  logger?.error({ err: error, call }, "call failed unexpectedly");
  const message = error instanceof Error ? error.message : String(error);
  return new StatusError("InternalError", `Internal error occurred: ${message}`, {}, { cause: error });
}

/** How an error goes over the wire. */
export function toGrpcFailure(error: StatusError): GrpcFailure {
  const code = codeOfReason[error.reason];
  const message = wireText(error.message);
  const status = Status.encode(shortened(toStatus(error))).finish();
  const any = new BinaryWriter().uint32(10).string(statusTypeUrl).uint32(18).bytes(status).finish();
  const details = new BinaryWriter().uint32(8).int32(code).uint32(18).string(message).uint32(26).bytes(any).finish();
  return { code, message, details };
}

/** The error that came over the wire. Broken connections are `ServiceUnavailable`. */
export function fromGrpcFailure(code: number, message: string, details: Uint8Array | undefined): StatusError {
  const status = details && findStatus(details);
  if (status) return fromStatus(status);
  if (code === grpcCodes.INTERNAL && message.includes("RST_STREAM"))
    return new StatusError("ServiceUnavailable", message);
  // Unlike what else is one too many, it would be refused again.
  if (code === grpcCodes.RESOURCE_EXHAUSTED && message.includes("larger than max"))
    return new StatusError("RequestEntityTooLarge", message);
  return new StatusError(reasonOfCode[code] ?? "InternalError", message);
}

/** Keeps the status within what trailers may hold, by leaving out the last causes. */
function shortened(status: Status): Status {
  const causes = status.details?.causes;
  const message = wireText(status.message ?? "");
  let room = detailsBytesMax - message.length;
  const kept = causes?.filter((cause) => {
    room -= (cause.message?.length ?? 0) + (cause.field?.length ?? 0) + (cause.reason?.length ?? 0) + 16;
    return room > 0;
  });
  return { ...status, message, details: { ...status.details, causes: kept } };
}

/** gRPC's implementation throws on text that is not Unicode. */
function wireText(text: string): string {
  const cut = text.length > messageLengthMax ? `${text.slice(0, messageLengthMax)}…` : text;
  return cut.replace(/\p{Surrogate}/gu, "\uFFFD");
}

function findStatus(details: Uint8Array): Status | undefined {
  try {
    for (const any of fieldsOf(details, 3)) {
      const [typeUrl] = fieldsOf(any, 1);
      const [value] = fieldsOf(any, 2);
      if (typeUrl && value && Buffer.from(typeUrl).toString() === statusTypeUrl) return Status.decode(value);
    }
  } catch {
    // Details that cannot be read are as good as none: the code and message still tell.
  }
  return undefined;
}

/** The values of one length-delimited field. */
function fieldsOf(message: Uint8Array, field: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (number === field && wireType === 2) found.push(reader.bytes());
    else reader.skip(wireType);
  }
  return found;
}

function isReason(reason: string | undefined): reason is StatusReason {
  return reason !== undefined && Object.hasOwn(statusReasonCodes, reason);
}

type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Drops members that are undefined, so that an error is the same on both sides of the wire. */
function withoutAbsent<T extends object>(value: T): Partial<Present<T>>;
function withoutAbsent(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));
}
