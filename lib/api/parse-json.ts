import { setEntry } from "../../gen/plain-values.ts";
import { StatusError } from "../base/status-error.ts";
import { isRecord, type JsonRecord } from "./records.ts";

const duplicatesMax = 100;
const depthMax = 1000;

/** Parses JSON text. @throws StatusError BadRequest with line and column. */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalidJson(text, error);
  }
  return text.includes("\\u") && /\\u[dD][89a-fA-F]/.test(text) ? wellFormed(value) : value;
}

function invalidJson(text: string, error: unknown): StatusError {
  const message = error instanceof Error ? error.message : String(error);
  const at = /position (\d+)/.exec(message);
  const position = at ? Number(at[1]) : text.length;
  const before = text.slice(0, position).split("\n");
  const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
  const fault = message.replace(/ in JSON at position.*$/s, "").replace(/, ".*$/s, "");
  return new StatusError("BadRequest", `invalid JSON: ${place}: ${fault}`);
}

const halfPair = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Half of a surrogate pair is no character: UTF-8 cannot carry it. */
function wellFormed(value: unknown, depth = 0): unknown {
  if (depth > depthMax) throw new StatusError("BadRequest", "exceeded max depth");
  if (typeof value === "string") return value.replace(halfPair, "\ufffd");
  if (Array.isArray(value)) return value.map((item) => wellFormed(item, depth + 1));
  if (!isRecord(value)) return value;
  const result: JsonRecord = {};
  for (const key of Object.keys(value))
    setEntry(result, key.replace(halfPair, "\ufffd"), wellFormed(value[key], depth + 1));
  return result;
}

/**
 * The fields that JSON text names twice, as `duplicate field "spec.foo"`; `value` is the text, parsed. Costs little when
 * there are none.
 */
export function duplicateFields(text: string, value: unknown): string[] {
  return countKeys(value) === countKeysInText(text) ? [] : findDuplicates(text);
}

function countKeys(value: unknown, depth = 0): number {
  // Deeper than any object is allowed to be: the slow way does not recurse.
  if (typeof value !== "object" || value === null || depth > depthMax) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) count += countKeys(value[index], depth + 1);
  } else if (isRecord(value)) {
    for (const key in value) {
      count++;
      const child = value[key];
      if (typeof child === "object") count += countKeys(child, depth + 1);
    }
  }
  return count;
}

/** Counts the colons outside texts: each stands behind a key. */
function countKeysInText(text: string): number {
  let count = 0;
  for (let quote = text.indexOf('"'); quote >= 0; ) {
    const end = textEnd(text, quote);
    let next = end;
    while (isSpace(text.charCodeAt(next))) next++;
    if (text.charCodeAt(next) === 58) count++;
    quote = text.indexOf('"', next);
  }
  return count;
}

/** The position behind the text that begins at `quote`. */
function textEnd(text: string, quote: number): number {
  for (let at = text.indexOf('"', quote + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === 92) slashes++;
    if (slashes % 2 === 0) return at + 1;
  }
  return text.length;
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

interface Frame {
  /** The keys seen; undefined in a list. */
  readonly keys: Set<string> | undefined;
  /** The key or position that the walk is in. */
  step: string | number;
}

function findDuplicates(text: string): string[] {
  const found: string[] = [];
  const frames: Frame[] = [];
  for (let at = 0; at < text.length && found.length < duplicatesMax; at++) {
    const frame = frames.at(-1);
    switch (text[at]) {
      case "{":
        frames.push({ keys: new Set(), step: "" });
        break;
      case "[":
        frames.push({ keys: undefined, step: 0 });
        break;
      case "}":
      case "]":
        frames.pop();
        break;
      case ",":
        if (frame && typeof frame.step === "number") frame.step++;
        break;
      case '"': {
        const end = textEnd(text, at);
        if (frame?.keys && /^\s*:/.test(text.slice(end, end + 64)))
          noteKey(String(JSON.parse(text.slice(at, end))), frame, frames, found);
        at = end - 1;
      }
    }
  }
  return found;
}

function noteKey(key: string, frame: Frame, frames: readonly Frame[], found: string[]): void {
  frame.step = key;
  if (!frame.keys?.has(key)) frame.keys?.add(key);
  else found.push(`duplicate field ${JSON.stringify(formatSteps(frames))}`);
}

function formatSteps(frames: readonly Frame[]): string {
  let path = "";
  for (const { step } of frames) path += typeof step === "number" ? `[${step}]` : path ? `.${step}` : step;
  return path;
}
