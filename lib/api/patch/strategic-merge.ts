import { setEntry } from "../../../gen/plain-values.ts";
import { clonePlain } from "../../base/plain-data.ts";
import { deepEqual } from "../deep.ts";
import { isRecord, type JsonRecord } from "../records.ts";
import {
  badPatch,
  deleteFromListPrefix,
  elementOrderPrefix,
  mergeKeyValue,
  objectElements,
  patchMarker,
  plainList,
  plainRecord,
  retainKeysMarker,
} from "./directives.ts";
import { orderElements } from "./element-order.ts";
import { type MemberRules, type PatchRules, patchRulesOf } from "./patch-schema.ts";

/**
 * Applies a strategic merge patch to an object of a message; neither is changed.
 * @throws StatusError BadRequest when the patch is malformed.
 */
export function applyStrategicMergePatch(messageName: string, object: object, patch: unknown): JsonRecord {
  if (!isRecord(patch)) throw badPatch("Invalid JSON document: a strategic merge patch is an object");
  const target = clonePlain<unknown>(object);
  return new Merge(false).object(isRecord(target) ? target : {}, clonePlain(patch), patchRulesOf(messageName));
}

/** Adds the instructions of one patch to another, which is changed and answered. */
export function mergeStrategicPatches(messageName: string, first: JsonRecord, second: JsonRecord): JsonRecord {
  return new Merge(true).object(first, clonePlain(second), patchRulesOf(messageName));
}

class Merge {
  /** The target is a patch too: instructions are kept, not carried out. */
  readonly #joinsPatches: boolean;

  constructor(joinsPatches: boolean) {
    this.#joinsPatches = joinsPatches;
  }

  object(target: JsonRecord, patch: JsonRecord, rules: PatchRules): JsonRecord {
    const marker = patch[patchMarker];
    if (marker !== undefined) {
      delete patch[patchMarker];
      if (marker === "delete") return {};
      if (marker === "replace") return this.#takenRecord(patch);
      if (marker !== "merge") throw badPatch(`unknown patch type: ${JSON.stringify(marker)}`);
    }
    this.#retainKeys(target, patch);
    for (const key of Object.keys(patch))
      if (key.startsWith(elementOrderPrefix)) this.#orderedList(key, target, patch, rules);
    for (const key of Object.keys(patch)) this.#member(key, patch[key], target, rules);
    return target;
  }

  #retainKeys(target: JsonRecord, patch: JsonRecord): void {
    const kept = patch[retainKeysMarker];
    if (kept === undefined) return;
    if (!Array.isArray(kept)) throw badPatch("invalid patch format of retainKeys");
    if (this.#joinsPatches) return;
    delete patch[retainKeysMarker];
    for (const key of Object.keys(patch))
      if (patch[key] !== null && !key.startsWith("$") && !kept.includes(key))
        throw badPatch("invalid patch format of retainKeys");
    for (const key of Object.keys(target)) if (!kept.includes(key)) delete target[key];
  }

  /** Merges a list whose order the patch gives; the list and its order are taken out of the patch. */
  #orderedList(orderKey: string, target: JsonRecord, patch: JsonRecord, rules: PatchRules): void {
    const order = patch[orderKey];
    if (!Array.isArray(order)) throw badPatch("invalid patch format of setElementOrder list");
    if (this.#joinsPatches) {
      if (target[orderKey] !== undefined && !deepEqual(target[orderKey], order))
        throw badPatch("invalid patch format of setElementOrder list");
      target[orderKey] = order;
    }
    const key = orderKey.slice(elementOrderPrefix.length);
    const [before, change] = [target[key], patch[key]];
    delete patch[orderKey];
    if ((before !== undefined && !Array.isArray(before)) || (change !== undefined && !Array.isArray(change))) return;
    delete patch[key];
    const member = rules.member(key, true);
    if (change) checkOrder(change, order, member.mergeKey);
    if (!before && !change) return;
    const merged = before && change ? this.#list(before, change, member) : (before ?? this.#takenList(change ?? []));
    setEntry(target, key, orderElements(merged, order, before ?? [], member.mergeKey));
  }

  #member(patchKey: string, value: unknown, target: JsonRecord, rules: PatchRules): void {
    if (patchKey.startsWith(deleteFromListPrefix) && !this.#joinsPatches) {
      const key = patchKey.slice(deleteFromListPrefix.length);
      const list = target[key];
      if (!Array.isArray(value)) throw badPatch("invalid patch format of primitive list");
      if (Array.isArray(list)) target[key] = list.filter((item) => !value.includes(item));
      return;
    }
    if (value === null) {
      if (this.#joinsPatches) setEntry(target, patchKey, null);
      else delete target[patchKey];
      return;
    }
    const present = Object.hasOwn(target, patchKey) ? target[patchKey] : undefined;
    // What is not there, or is no object, cannot be emptied: it goes.
    if (!this.#joinsPatches && isRecord(value) && value[patchMarker] === "delete" && !isRecord(present)) {
      delete target[patchKey];
      return;
    }
    setEntry(target, patchKey, this.#merged(patchKey, present, value, rules));
  }

  #merged(key: string, present: unknown, value: unknown, rules: PatchRules): unknown {
    const isInstruction = this.#joinsPatches && (key === retainKeysMarker || key.startsWith("$"));
    if (!isInstruction && Array.isArray(present) && Array.isArray(value))
      return this.#list(present, value, rules.member(key, true));
    if (!isInstruction && isRecord(present) && isRecord(value)) {
      const member = rules.member(key, false);
      return member.strategy === "replace" ? this.#takenRecord(value) : this.object(present, value, member.inner);
    }
    return this.#taken(value);
  }

  #list(present: unknown[], change: unknown[], member: MemberRules): unknown[] {
    if (member.strategy === "replace") return this.#takenList(change);
    if (present.length === 0 && change.length === 0) return present;
    if (!isRecord(present[0] ?? change[0])) {
      const merged = [...new Set([...present, ...change])];
      return orderElements(merged, change, present, "");
    }
    return this.#objectList(objectElements(present), objectElements(change), member);
  }

  #objectList(present: JsonRecord[], change: JsonRecord[], member: MemberRules): unknown[] {
    const { mergeKey } = member;
    if (!mergeKey) throw badPatch("cannot merge lists without merge key");
    const plain: JsonRecord[] = [];
    let before = present;
    let replaces = false;
    for (const element of change) {
      const marker = element[patchMarker];
      if (marker === "replace") replaces = true;
      else if (marker === "delete" && !this.#joinsPatches) {
        const identity = mergeKeyValue(element, mergeKey);
        before = before.filter((other) => mergeKeyValue(other, mergeKey) !== identity);
      } else if (marker === undefined || marker === "merge" || this.#joinsPatches) plain.push(element);
      else throw badPatch(`unknown patch type: ${JSON.stringify(marker)}`);
    }
    if (replaces) return this.#takenList(plain);
    const merged = [...before];
    for (const element of plain) this.#element(merged, element, member);
    return orderElements(merged, plain, before, mergeKey);
  }

  #element(merged: JsonRecord[], element: JsonRecord, member: MemberRules): void {
    const identity = mergeKeyValue(element, member.mergeKey);
    const at = merged.findIndex((other) => mergeKeyValue(other, member.mergeKey) === identity);
    const present = merged[at];
    if (present) merged[at] = this.object(present, element, member.inner);
    else merged.push(this.#takenRecord(element));
  }

  /** A part of the patch as it stands in the result. */
  #taken(part: unknown): unknown {
    if (Array.isArray(part)) return this.#takenList(part);
    return isRecord(part) ? this.#takenRecord(part) : part;
  }

  #takenRecord(part: JsonRecord): JsonRecord {
    return this.#joinsPatches ? part : plainRecord(part);
  }

  #takenList(part: unknown[]): unknown[] {
    return this.#joinsPatches ? part : plainList(part);
  }
}

/** A list in a patch must follow the order that the patch gives. */
function checkOrder(change: readonly unknown[], order: readonly unknown[], mergeKey: string): void {
  if (order.length === 0) return;
  const identities = order.map((element) => (mergeKey && isRecord(element) ? element[mergeKey] : element));
  let next = 0;
  for (const element of change) {
    if (isRecord(element) && element[patchMarker] !== undefined) continue;
    const identity = mergeKey && isRecord(element) ? element[mergeKey] : element;
    const at = identities.indexOf(identity, next);
    if (at < 0)
      throw badPatch(
        `The order in patch list:\n${JSON.stringify(change)}\n doesn't match ${elementOrderPrefix.slice(0, -1)} list:\n${JSON.stringify(order)}\n`,
      );
    next = at + 1;
  }
}
