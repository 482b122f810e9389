import { setEntry } from "../../../gen/plain-values.ts";
import { clonePlain } from "../../base/plain-data.ts";
import { StatusError } from "../../base/status-error.ts";
import { deepEqual } from "../deep.ts";
import { isTooDeep } from "../nesting.ts";
import { isRecord, type JsonRecord, ownMember } from "../records.ts";

type Operation = (document: Document, path: string, operation: JsonRecord) => void;

const operationsMax = 10_000;
/** Copies may not make a small patch a large object. */
const copiedBytesMax = 3 * 1024 * 1024;

/**
 * Applies a JSON patch (RFC 6902); neither argument is changed. As in Kubernetes a value that is absent is null, and so is what
 * a replacement, a copy or a test finds absent in an object that is there.
 * @throws StatusError BadRequest when it is no patch, Invalid when an operation lacks something, does not fit, or a test fails.
 */
export function applyJsonPatch(target: unknown, patch: unknown): unknown {
  if (patch === null) return clonePlain(target);
  if (!Array.isArray(patch)) throw undecodable(patch, "value of type []handlers.jsonPatchOp");
  for (const operation of patch) refuseOtherTypes(operation);
  if (patch.length > operationsMax)
    throw new StatusError(
      "RequestEntityTooLarge",
      `The allowed maximum operations in a JSON patch is ${operationsMax}, got ${patch.length}`,
    );
  const document = { root: clonePlain(target), copiedBytes: 0 };
  for (const operation of patch) applyOperation(document, isRecord(operation) ? operation : nothing);
  refuseDeep(document.root);
  return document.root;
}

function refuseOtherTypes(operation: unknown): void {
  if (operation === null) return;
  if (!isRecord(operation)) throw undecodable(operation, "value of type handlers.jsonPatchOp");
  for (const member of ["op", "path", "from"]) {
    const value = ownMember(operation, member) ?? "";
    if (typeof value !== "string") throw undecodable(value, `struct field jsonPatchOp.${member} of type string`);
  }
}

function undecodable(value: unknown, into: string): StatusError {
  const what = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  return new StatusError("BadRequest", `error decoding patch: json: cannot unmarshal ${what} into Go ${into}`);
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

const operations: ReadonlyMap<string, Operation> = new Map<string, Operation>(
  Object.entries({
    add: (document, path, operation) => add(document, path, givenValue(operation), "add"),
    remove: (document, path) => void remove(document, path, "remove"),
    replace: (document, path, operation) => replace(document, path, givenValue(operation)),
    move(document, path, operation) {
      add(document, path, remove(document, member(operation, "from", "move"), "move"), "move");
    },
    copy(document, path, operation) {
      const found = find(document, member(operation, "from", "copy"), "copy");
      refuseDeep(found);
      const value = clonePlain(found);
      document.copiedBytes += JSON.stringify(value).length;
      if (document.copiedBytes > copiedBytesMax)
        throw doesNotFit(
          `Unable to complete the copy, the accumulated size increase of copy is ${document.copiedBytes}, exceeding the limit ${copiedBytesMax}`,
        );
      add(document, path, value, "copy");
    },
    test(document, path, operation) {
      const found = path === "" ? document.root : find(document, path, "test");
      if (!deepEqual(found, givenValue(operation))) throw doesNotFit(`testing value ${path} failed: test failed`);
    },
  }),
);

function applyOperation(document: Document, operation: JsonRecord): void {
  const op = String(ownMember(operation, "op") ?? "unknown");
  const apply = operations.get(op);
  if (!apply) throw doesNotFit(`Unexpected kind: ${op}`);
  apply(document, member(operation, "path", op), operation);
}

/** A text that an operation must have. */
function member(operation: JsonRecord, name: string, op: string): string {
  const text = ownMember(operation, name);
  if (typeof text !== "string") throw doesNotFit(`${op} operation failed to decode ${name}: missing value`);
  return text;
}

function givenValue(operation: JsonRecord): unknown {
  return clonePlain(ownMember(operation, "value") ?? null);
}

function steps(path: string): string[] {
  return path
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The container of a place, and the place's name in it. */
function parentOf(document: Document, path: string, op: string): { parent: JsonRecord | unknown[]; last: string } {
  const all = steps(path);
  const last = all.pop();
  let value = document.root;
  for (const step of all) value = child(value, step);
  if (last === undefined || (!Array.isArray(value) && !isRecord(value)))
    throw doesNotFit(`${op} operation does not apply: doc is missing path: ${JSON.stringify(path)}: missing value`);
  return { parent: value, last };
}

function child(value: unknown, step: string): unknown {
  if (Array.isArray(value)) return value[indexIn(step, value.length, value.length - 1) ?? -1];
  return isRecord(value) ? ownMember(value, step) : undefined;
}

/** As in Kubernetes, a negative index counts from the end. */
function indexIn(step: string, end: number, max: number): number | undefined {
  if (!/^[+-]?[0-9]{1,15}$/.test(step)) return undefined;
  const index = Number(step) < 0 ? end + Number(step) : Number(step);
  return index >= 0 && index <= max ? index : undefined;
}

/** The index of an element that is there. */
function elementIn(list: readonly unknown[], step: string, path: string, op: string): number {
  return indexIn(step, list.length, list.length - 1) ?? refuseIndex(step, path, op);
}

function refuseIndex(step: string, path: string, op: string): never {
  throw doesNotFit(
    `error in ${op} for path: '${path}': Unable to access invalid index: ${step}: invalid index referenced`,
  );
}

/** What is at a place; null for a member that an object has not. */
function find(document: Document, path: string, op: string): unknown {
  const { parent, last } = parentOf(document, path, op);
  return (Array.isArray(parent) ? parent[elementIn(parent, last, path, op)] : ownMember(parent, last)) ?? null;
}

function add(document: Document, path: string, value: unknown, op: string): void {
  const { parent, last } = parentOf(document, path, op);
  if (!Array.isArray(parent)) return void setEntry(parent, last, value);
  const { length } = parent;
  const index = last === "-" ? length : indexIn(last, length + 1, length);
  parent.splice(index ?? refuseIndex(last, path, op), 0, value);
}

function remove(document: Document, path: string, op: string): unknown {
  const { parent, last } = parentOf(document, path, op);
  if (Array.isArray(parent)) return parent.splice(elementIn(parent, last, path, op), 1)[0];
  if (!Object.hasOwn(parent, last))
    throw doesNotFit(`error in ${op} for path: '${path}': Unable to remove nonexistent key: ${last}: missing value`);
  const value = parent[last];
  delete parent[last];
  return value;
}

function replace(document: Document, path: string, value: unknown): void {
  if (path === "") {
    if (!Array.isArray(value) && !isRecord(value)) throw doesNotFit("replace operation value must be object or array");
    document.root = value;
    return;
  }
  const { parent, last } = parentOf(document, path, "replace");
  if (Array.isArray(parent)) parent[elementIn(parent, last, path, "replace")] = value;
  else setEntry(parent, last, value);
}

function doesNotFit(message: string): StatusError {
  return new StatusError("Invalid", message);
}
