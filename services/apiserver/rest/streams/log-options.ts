import type { PodLogOptions } from "../../../../gen/typernetes/core/v1/pod.ts";
import { type StatusCause, StatusError } from "../../../../lib/base/status-error.ts";
import { badRequest } from "../../errors.ts";
import { booleanOf } from "../request-options.ts";

const streams = ["All", "Stdout", "Stderr"];

/** Which part of a log a query asks for. @throws StatusError BadRequest, Invalid. */
export function logOptions(query: URLSearchParams, pod: string): PodLogOptions {
  const options: PodLogOptions = {};
  for (const name of ["follow", "previous", "timestamps", "insecureSkipTLSVerifyBackend"] as const) {
    if (booleanOf(query, name)) options[name] = true;
  }
  for (const name of ["container", "sinceTime", "stream"] as const) {
    const value = query.get(name);
    if (value) options[name] = value;
  }
  for (const name of ["sinceSeconds", "tailLines", "limitBytes"] as const) {
    const value = integerOf(query, name);
    if (value !== undefined) options[name] = value;
  }
  refuseFaults(faultsOf(options), pod);
  return options;
}

function integerOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (!text) return undefined;
  const value = Number(text);
  if (/^[-+]?\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}

type Fault = StatusCause & { field: string; message: string };

function faultsOf({ sinceSeconds, sinceTime, tailLines, limitBytes, stream }: PodLogOptions): Fault[] {
  const faults: Fault[] = [];
  const invalid = (field: string, value: unknown, why: string) =>
    faults.push({ reason: "FieldValueInvalid", field, message: `Invalid value: ${JSON.stringify(value)}: ${why}` });
  if (tailLines !== undefined && tailLines < 0) invalid("tailLines", tailLines, "must be greater than or equal to 0");
  if (limitBytes !== undefined && limitBytes < 1) invalid("limitBytes", limitBytes, "must be greater than 0");
  if (sinceSeconds !== undefined && sinceTime !== undefined) {
    const message = "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified";
    faults.push({ reason: "FieldValueForbidden", field: "", message });
  } else if (sinceSeconds !== undefined && sinceSeconds < 1) {
    invalid("sinceSeconds", sinceSeconds, "must be greater than 0");
  }
  if (sinceTime !== undefined && Number.isNaN(Date.parse(sinceTime))) invalid("sinceTime", sinceTime, "must be a time");
  if (stream !== undefined && !streams.includes(stream)) {
    const supported = streams.map((name) => JSON.stringify(name)).join(", ");
    const message = `Unsupported value: ${JSON.stringify(stream)}: supported values: ${supported}`;
    faults.push({ reason: "FieldValueNotSupported", field: "stream", message });
  } else if (stream !== undefined && stream !== "All" && tailLines !== undefined) {
    const message = "Forbidden: `tailLines` and specific `stream` are mutually exclusive for now";
    faults.push({ reason: "FieldValueForbidden", field: "tailLines", message });
  }
  return faults;
}

function refuseFaults(faults: readonly Fault[], pod: string): void {
  if (faults.length === 0) return;
  const sentences = faults.map(({ field, message }) => (field ? `${field}: ${message}` : message));
  const all = sentences.length === 1 ? sentences[0] : `[${sentences.join(", ")}]`;
  const message = `PodLogOptions "${pod}" is invalid: ${all}`;
  throw new StatusError("Invalid", message, { name: pod, kind: "PodLogOptions", causes: [...faults] });
}
