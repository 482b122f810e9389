import type { Status } from "../../../../gen/typernetes/meta/v1/status.ts";
import { toStatusError } from "../../../../lib/grpc/status.ts";
import type { Logger } from "../../../../lib/observe/logger.ts";
import { failureOf } from "../answer-status.ts";

/** How a command ended, in the words that clients look for. */
export function exitStatus(exitCode: number): Status {
  if (exitCode === 0) return { metadata: {}, status: "Success" };
  const message = `command terminated with non-zero exit code: command terminated with exit code ${exitCode}`;
  const causes = [{ reason: "ExitCode", message: String(exitCode) }];
  return { metadata: {}, status: "Failure", message, reason: "NonZeroExitCode", details: { causes } };
}

/** Why there is no exit code. */
export function brokenStatus(error: unknown, what: string, logger: Logger): Status {
  return failureOf(toStatusError(error, what, logger));
}
