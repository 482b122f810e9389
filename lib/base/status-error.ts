/** Kubernetes' `StatusReason` values that this system answers with, and the HTTP code of each. */
export const statusReasonCodes = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  ServerTimeout: 500,
  Timeout: 504,
} as const;

/** Why a request failed, in Kubernetes' words (meta/v1 `StatusReason`). */
export type StatusReason = keyof typeof statusReasonCodes;

/** One broken field or one further cause (meta/v1 `StatusCause`). */
export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

/** What a failure is about (meta/v1 `StatusDetails`). */
export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/**
 * The one error type of requests: made where the fault is found, translated once at each door.
 * Lower layers throw it; nothing below a door turns it into something else.
 */
export class StatusError extends Error {
  readonly reason: StatusReason;
  readonly code: number;
  readonly details: StatusDetails;
  /** With which a list whose revision is gone goes on with the newest state (meta/v1 `ListMeta.continue`). */
  readonly continueToken: string | undefined;

  constructor(
    reason: StatusReason,
    message: string,
    details: StatusDetails = {},
    options?: { code?: number; cause?: unknown; continueToken?: string },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = "StatusError";
    this.reason = reason;
    this.code = options?.code ?? statusReasonCodes[reason];
    this.details = details;
    this.continueToken = options?.continueToken;
  }
}

/** Whether `error` is a `StatusError` of one of `reasons` (of any when none is named). */
export function isStatusError(error: unknown, ...reasons: StatusReason[]): error is StatusError {
  return error instanceof StatusError && (reasons.length === 0 || reasons.includes(error.reason));
}
