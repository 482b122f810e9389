import { messageNamed, messageOfKind, namesItself } from "../../lib/api/message-of-kind.ts";
import { duplicateFields, parseJson } from "../../lib/api/parse-json.ts";
import { isRecord } from "../../lib/api/records.ts";
import { differences } from "../../lib/api/testing/differences.ts";
import { roundTrip } from "../../lib/api/testing/round-trip.ts";
import { lossyNumbers } from "./lossy-numbers.ts";

/** What one file's object loses on its way through protobuf, a line each; empty when it comes back as it was. */
export function checkFile(fileName: string, text: string): string[] {
  try {
    const json = parseJson(text);
    const message = messageOf(fileName, json);
    const faults = [...duplicateFields(text, json), ...lossyNumbers(text)];
    const changes = differences(json, roundTrip(message, json));
    return [...faults, ...changes.map(({ path, before, after }) => `${path}: ${show(before)} → ${show(after)}`)];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

/** The kind that the object names, or else the one that its file is named after: `group.version.Kind.json`. */
function messageOf(fileName: string, json: unknown): string {
  const words = fileName.replace(/\.json$/, "").split(".");
  const [kind = "", version = ""] = [words.pop(), words.pop()];
  const named = messageNamed(words.join("."), version, kind);
  // References name the kinds of others.
  const isPart = named !== undefined && !namesItself(named);
  if (!isPart && isRecord(json) && typeof json["kind"] === "string" && typeof json["apiVersion"] === "string") {
    return found(messageOfKind(json["apiVersion"], json["kind"]), `${json["kind"]} of ${json["apiVersion"]}`);
  }
  return found(named, fileName);
}

function found(message: string | undefined, name: string): string {
  if (message === undefined) throw new Error(`unknown kind: ${name}`);
  return message;
}

function show(value: unknown): string {
  return value === undefined ? "(absent)" : JSON.stringify(value);
}
