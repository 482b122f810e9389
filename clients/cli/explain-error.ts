import { isStatusError, type StatusError } from "../../lib/base/status-error.ts";
import { CliError, Exit, ManyErrors } from "./cli-error.ts";

/** What is printed about a failure, with its newline, and what the program ends with. */
export interface Explanation {
  readonly text: string;
  readonly exitCode: number;
}

/** Puts a failure into kubectl's words. `address` is the server's, empty when none was looked for. */
export function explainError(error: unknown, address: string): Explanation {
  if (error instanceof Exit) return { text: "", exitCode: error.exitCode };
  if (error instanceof ManyErrors)
    return { text: error.errors.map((one) => explainError(one, address).text).join(""), exitCode: 1 };
  if (error instanceof CliError)
    return { text: `${error.isBare ? "" : "error: "}${error.message}\n`, exitCode: error.exitCode };
  if (isStatusError(error)) return { text: `${explainStatus(error, address)}\n`, exitCode: 1 };
  const message = error instanceof Error ? error.message : String(error);
  return { text: `error: ${message}\n`, exitCode: 1 };
}

function explainStatus(error: StatusError, address: string): string {
  switch (error.reason) {
    case "Invalid":
      return explainInvalid(error);
    case "Unauthorized":
      return `error: You must be logged in to the server (${error.message})`;
    case "ServiceUnavailable":
      return unreachable(error.message, address) ?? serverError(error);
    default:
      return serverError(error);
  }
}

function serverError(error: StatusError): string {
  return `Error from server (${error.reason}): ${error.message}`;
}

function unreachable(message: string, address: string): string | undefined {
  if (/ECONNREFUSED/.test(message))
    return `The connection to the server ${address} was refused - did you specify the right host or port?`;
  if (/No connection established|Name resolution failed|Connection dropped|ECONNRESET|unavailable: /i.test(message))
    return `Unable to connect to the server ${address}: ${message}`;
  return undefined;
}

function explainInvalid({ details, message }: StatusError): string {
  const { kind, name, causes = [] } = details;
  if (!kind && !name) return `The request is invalid: ${message}`;
  const start = `The ${kind ?? ""} ${JSON.stringify(name ?? "")} is invalid`;
  const lines = causes.map((cause) => (cause.field ? `${cause.field}: ${cause.message}` : `${cause.message}`));
  if (lines.length === 0) return start;
  return lines.length === 1 ? `${start}: ${lines[0]}` : `${start}: \n${lines.map((line) => `* ${line}`).join("\n")}`;
}
