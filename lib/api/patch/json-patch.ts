import { setEntry } from "../../../gen/plain-values.ts";
import { clonePlain } from "../../base/plain-data.ts";
import { StatusError } from "../../base/status-error.ts";
import { deepEqual } from "../deep.ts";
import { isTooDeep } from "../nesting.ts";
import { isRecord, type JsonRecord } from "../records.ts";

/** One operation of a JSON patch (RFC 6902). */
export interface JsonPatchOperation {
  readonly op: "add" | "remove" | "replace" | "move" | "copy" | "test";
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

const operationsMax = 10_000;
/** Copies may not make a small patch a large object. */
const copiedBytesMax = 3 * 1024 * 1024;

/**
 * Applies a JSON patch (RFC 6902); neither argument is changed.
 * @throws StatusError BadRequest when the patch is malformed, Invalid when it does not fit the object or a test fails.
 */
export function applyJsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw new StatusError("BadRequest", "a JSON patch is a list of operations");
  if (patch.length > operationsMax)
    throw new StatusError(
      "RequestEntityTooLarge",
      `The allowed maximum operations in a JSON patch is ${operationsMax}, got ${patch.length}`,
    );
  const document = { root: clonePlain(target), copiedBytes: 0 };
  for (const operation of patch) applyOperation(document, readOperation(operation));
  refuseDeep(document.root);
  return document.root;
}

/** Moves and copies make a value deeper than the operations are. */
function refuseDeep(value: unknown): void {
  if (isTooDeep(value)) throw doesNotFit("operation does not apply: exceeded max depth");
}

const nothing: JsonRecord = {};

interface Document {
  root: unknown;
  copiedBytes: number;
}

function readOperation(operation: unknown): JsonPatchOperation {
  const { op, path, from, value } = isRecord(operation) ? operation : nothing;
  if (typeof path !== "string" || (path !== "" && !path.startsWith("/"))) throw malformed(operation, "path");
  switch (op) {
    case "add":
    case "replace":
    case "test":
      if (value === undefined) throw malformed(operation, "value");
      return { op, path, value };
    case "remove":
      return { op, path };
    case "move":
    case "copy":
      if (typeof from !== "string") throw malformed(operation, "from");
      return { op, path, from };
    default:
      throw malformed(operation, "op");
  }
}

function malformed(operation: unknown, member: string): StatusError {
  return new StatusError(
    "BadRequest",
    `JSON patch operation ${JSON.stringify(operation)}: missing or bad member "${member}"`,
  );
}

function applyOperation(document: Document, operation: JsonPatchOperation): void {
  const { op, path, from = "" } = operation;
  switch (op) {
    case "add":
      return add(document, path, clonePlain(operation.value));
    case "remove":
      remove(document, path);
      return;
    case "replace":
      return replace(document, path, clonePlain(operation.value));
    case "move": {
      if (path.startsWith(`${from}/`)) throw doesNotFit(`move operation: ${path} is inside ${from}`);
      return add(document, path, remove(document, from));
    }
    case "copy": {
      const found = find(document, from);
      refuseDeep(found);
      const value = clonePlain(found);
      document.copiedBytes += JSON.stringify(value).length;
      if (document.copiedBytes > copiedBytesMax)
        throw new StatusError(
          "RequestEntityTooLarge",
          `Unable to complete the copy, the accumulated size increase of copy is ${document.copiedBytes}, exceeding the limit ${copiedBytesMax}`,
        );
      return add(document, path, value);
    }
    case "test":
      if (!deepEqual(findOrAbsent(document, path) ?? null, operation.value))
        throw doesNotFit(`testing value ${path} failed: test failed`);
  }
}

function steps(path: string): string[] {
  return path
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The container of a place, and the place's name in it. */
function parentOf(document: Document, path: string): { parent: JsonRecord | unknown[]; last: string } {
  const all = steps(path);
  const last = all.pop() ?? "";
  let value = document.root;
  for (const step of all) value = child(value, step);
  if (!Array.isArray(value) && !isRecord(value)) throw missing(path);
  return { parent: value, last };
}

function child(value: unknown, step: string): unknown {
  if (Array.isArray(value)) return value[indexIn(value, step, value.length - 1) ?? -1];
  return isRecord(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}

function indexIn(list: readonly unknown[], step: string, max: number): number | undefined {
  if (!/^(?:0|-?[1-9][0-9]{0,9})$/.test(step)) return undefined;
  // As in Kubernetes, a negative index counts from the end.
  const index = Number(step) < 0 ? list.length + Number(step) : Number(step);
  return index >= 0 && index <= max ? index : undefined;
}

function findOrAbsent(document: Document, path: string): unknown {
  return steps(path).reduce(child, document.root);
}

function find(document: Document, path: string): unknown {
  const value = findOrAbsent(document, path);
  if (value === undefined) throw missing(path);
  return value;
}

function add(document: Document, path: string, value: unknown): void {
  if (path === "") {
    document.root = value;
    return;
  }
  const { parent, last } = parentOf(document, path);
  if (!Array.isArray(parent)) return void setEntry(parent, last, value);
  const index = last === "-" ? parent.length : indexIn(parent, last, parent.length);
  if (index === undefined)
    throw doesNotFit(
      `add operation does not apply: doc is missing path: ${JSON.stringify(path)}: Unable to access invalid index: ${last}`,
    );
  parent.splice(index, 0, value);
}

function remove(document: Document, path: string): unknown {
  const value = find(document, path);
  if (path === "") throw doesNotFit("remove operation does not apply to the whole document");
  const { parent, last } = parentOf(document, path);
  if (Array.isArray(parent)) parent.splice(indexIn(parent, last, parent.length - 1) ?? parent.length, 1);
  else delete parent[last];
  return value;
}

function replace(document: Document, path: string, value: unknown): void {
  find(document, path);
  if (path === "") document.root = value;
  else {
    const { parent, last } = parentOf(document, path);
    if (Array.isArray(parent)) parent[indexIn(parent, last, parent.length - 1) ?? 0] = value;
    else setEntry(parent, last, value);
  }
}

function missing(path: string): StatusError {
  return doesNotFit(`operation does not apply: doc is missing path: ${JSON.stringify(path)}: missing value`);
}

function doesNotFit(message: string): StatusError {
  return new StatusError("Invalid", message);
}
