import type { DeleteOptions, ListOptions } from "../../../gen/typernetes/meta/v1/options.ts";
import type { FieldValidation } from "../../../lib/api/decode.ts";
import { StatusError } from "../../../lib/base/status-error.ts";

/** What writes are asked with. */
export interface WriteOptions {
  dryRun?: string[] | undefined;
  fieldManager?: string | undefined;
  fieldValidation?: string | undefined;
}

const fieldManagerLengthMax = 128;
const noOptions: WriteOptions = Object.freeze({});

/** Options of a create, update or patch from a query. @throws StatusError BadRequest, Invalid. */
export function writeOptions(query: URLSearchParams, kind: string): WriteOptions {
  if (query.size === 0) return noOptions;
  const options: WriteOptions = {};
  const dryRun = query.getAll("dryRun");
  if (dryRun.length > 0) options.dryRun = checkedDryRun(dryRun, kind);
  const manager = query.get("fieldManager");
  if (manager) options.fieldManager = checkedManager(manager, kind);
  const validation = query.get("fieldValidation");
  if (validation) options.fieldValidation = validation;
  return options;
}

/** What is done about unknown fields. @throws StatusError Invalid. */
export function fieldValidation(options: WriteOptions, kind: string): FieldValidation {
  const text = options.fieldValidation;
  if (!text) return "Warn";
  if (text === "Strict" || text === "Warn" || text === "Ignore") return text;
  throw invalidOption(
    kind,
    "fieldValidation",
    `Unsupported value: ${JSON.stringify(text)}: supported values: "Ignore", "Strict", "Warn"`,
    "FieldValueNotSupported",
  );
}

/** Options of a list or watch. @throws StatusError BadRequest. */
export function listOptions(query: URLSearchParams): ListOptions {
  const options: ListOptions = {};
  if (query.size === 0) return options;
  for (const name of [
    "labelSelector",
    "fieldSelector",
    "resourceVersion",
    "resourceVersionMatch",
    "continue",
  ] as const) {
    const value = query.get(name);
    if (value) options[name] = value;
  }
  const limit = integerOf(query, "limit");
  if (limit !== undefined) options.limit = limit;
  const timeoutSeconds = integerOf(query, "timeoutSeconds");
  if (timeoutSeconds !== undefined) options.timeoutSeconds = timeoutSeconds;
  const sendInitialEvents = booleanOf(query, "sendInitialEvents");
  if (sendInitialEvents !== undefined) options.sendInitialEvents = sendInitialEvents;
  if (booleanOf(query, "allowWatchBookmarks")) options.allowWatchBookmarks = true;
  return options;
}

/** Options of a deletion that stand in the query; what the body says comes before them. @throws StatusError BadRequest. */
export function deleteOptionsOf(query: URLSearchParams): DeleteOptions {
  const options: DeleteOptions = {};
  if (query.size === 0) return options;
  const grace = integerOf(query, "gracePeriodSeconds");
  if (grace !== undefined) options.gracePeriodSeconds = grace;
  const orphan = booleanOf(query, "orphanDependents");
  if (orphan !== undefined) options.orphanDependents = orphan;
  const policy = query.get("propagationPolicy");
  if (policy) options.propagationPolicy = policy;
  const dryRun = query.getAll("dryRun");
  if (dryRun.length > 0) options.dryRun = checkedDryRun(dryRun, "DeleteOptions");
  return options;
}

/** Kubernetes takes everything for true that is neither of these. */
export function booleanOf(query: URLSearchParams, name: string): boolean | undefined {
  const value = query.get(name);
  return value === null ? undefined : value !== "false" && value !== "0";
}

function integerOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  const value = Number(text);
  if (/^[-+]?\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new StatusError("BadRequest", `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}

function checkedDryRun(values: readonly string[], kind: string): string[] {
  const wrong = values.find((value) => value !== "All");
  if (wrong !== undefined) {
    const fault = `Unsupported value: ${JSON.stringify(wrong)}: supported values: "All"`;
    throw invalidOption(kind, "dryRun", fault, "FieldValueNotSupported");
  }
  return [...values];
}

function checkedManager(manager: string, kind: string): string {
  if (manager.length > fieldManagerLengthMax) {
    const fault = `Too long: may not be more than ${fieldManagerLengthMax} bytes`;
    throw invalidOption(kind, "fieldManager", fault, "FieldValueTooLong");
  }
  if (/[\p{Cc}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/u.test(manager)) {
    const fault = `Invalid value: ${JSON.stringify(manager)}: should only contain printable characters`;
    throw invalidOption(kind, "fieldManager", fault, "FieldValueInvalid");
  }
  return manager;
}

function invalidOption(kind: string, field: string, fault: string, reason: string): StatusError {
  const message = `${kind}.meta.k8s.io "" is invalid: ${field}: ${fault}`;
  const causes = [{ reason, message: fault, field }];
  return new StatusError("Invalid", message, { group: "meta.k8s.io", kind, causes });
}
