import { decodeKubernetesObject } from "../../lib/api/kubernetes-protobuf/decode.ts";
import { encodeKubernetesObject } from "../../lib/api/kubernetes-protobuf/encode.ts";
import { messageNamed, messageOfKind, namesItself } from "../../lib/api/message-of-kind.ts";
import { duplicateFields, parseJson } from "../../lib/api/parse-json.ts";
import { isRecord } from "../../lib/api/records.ts";
import { type Difference, differences } from "../../lib/api/testing/differences.ts";
import { roundTrip } from "../../lib/api/testing/round-trip.ts";
import { lossyNumbers } from "./lossy-numbers.ts";

/** What one file's object loses on its way through protobuf, a line each; empty when it comes back as it was. */
export function checkFile(fileName: string, text: string): string[] {
  try {
    const json = parseJson(text);
    const message = messageOf(fileName, json);
    const faults = [...duplicateFields(text, json), ...lossyNumbers(text)];
    return [...faults, ...describe(differences(json, roundTrip(message, json)))];
  } catch (error) {
    return [faultOf(error)];
  }
}

/**
 * What differs between an object in Kubernetes' protobuf encoding and its JSON, and what it loses when it is encoded and
 * decoded again; a line each.
 */
export function checkProtobufFile(fileName: string, bytes: Uint8Array, jsonText: string): string[] {
  try {
    const json = parseJson(jsonText);
    const message = messageOf(fileName, json);
    const { object } = decodeKubernetesObject(bytes, message);
    const again = decodeKubernetesObject(encodeKubernetesObject(message, object), message);
    return [...describe(differences(json, object)), ...describe(differences(object, again.object))];
  } catch (error) {
    return [faultOf(error)];
  }
}

function describe(changes: readonly Difference[]): string[] {
  return changes.map(({ path, before, after }) => `${path}: ${show(before)} → ${show(after)}`);
}

function faultOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The kind that the object names, or else the one that its file is named after: `group.version.Kind`. */
function messageOf(fileName: string, json: unknown): string {
  const words = fileName.replace(/\.(?:json|pb)$/, "").split(".");
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
