import type { DescMessage, FileRegistry } from "@bufbuild/protobuf";
import { ownMessages, shortName } from "./emit-schema.ts";
import { type Rules, type RuleValues, readRules } from "./rules.ts";

/** What decides which JSON stands for an object: none of it may change. */
const fixed = ["pointer", "omitEmpty", "format", "patchMergeKey", "patchStrategy", "listType", "mapType", "wirePath"];

/**
 * What the contracts' own options would break for clients of the contracts before, a line each: `buf breaking` knows names,
 * numbers and types alone.
 */
export function breakingRuleChanges(before: FileRegistry, after: FileRegistry): string[] {
  const [rulesBefore, rulesAfter] = [readRules(before), readRules(after)];
  return ownMessages(before).flatMap((old) => {
    const message = after.getMessage(old.typeName);
    return message ? messageChanges(old, rulesBefore, message, rulesAfter) : [];
  });
}

function messageChanges(old: DescMessage, rulesBefore: Rules, message: DescMessage, rulesAfter: Rules): string[] {
  const name = shortName(old);
  const found: string[] = [];
  if (rulesBefore.plain(old) !== rulesAfter.plain(message)) found.push(`${name}: stands for another plain value`);
  found.push(...resourceChanges(name, rulesBefore.resource(old), rulesAfter.resource(message)));
  for (const field of old.fields) {
    const now = message.fields.find((candidate) => candidate.number === field.number);
    if (now) found.push(...fieldChanges(`${name}.${field.name}`, rulesBefore.field(field), rulesAfter.field(now)));
  }
  return found;
}

function resourceChanges(name: string, before: RuleValues | undefined, after: RuleValues = {}): string[] {
  if (!before) return [];
  const changed = ["group", "version", "plural", "clusterScoped"].filter((key) => before[key] !== after[key]);
  const gone = ["shortNames", "verbs", "subresources", "selectableFields"].flatMap((key) =>
    missing(before[key], after[key]).map((value) => `${key} ${value}`),
  );
  return [...changed.map((key) => `${name}: ${key} changed`), ...gone.map((what) => `${name}: no more ${what}`)];
}

function fieldChanges(place: string, before: RuleValues, after: RuleValues): string[] {
  const found = fixed.filter((key) => before[key] !== after[key]).map((key) => `${place}: ${key} changed`);
  if (after["required"] && !before["required"]) found.push(`${place}: is required now`);
  if (after["immutable"] && !before["immutable"]) found.push(`${place}: may not change now`);
  if (before["default"] !== undefined && before["default"] !== after["default"])
    found.push(`${place}: default changed`);
  if (String(before["listMapKeys"] ?? "") !== String(after["listMapKeys"] ?? ""))
    found.push(`${place}: listMapKeys changed`);
  // A field that listed no values may have had any.
  if (after["enum"] && !before["enum"]) found.push(`${place}: lists its values now`);
  if (after["enum"])
    found.push(...missing(before["enum"], after["enum"]).map((value) => `${place}: no more value ${value}`));
  return found;
}

function missing(before: unknown, after: unknown): unknown[] {
  if (!Array.isArray(before)) return [];
  return before.filter((value) => !Array.isArray(after) || !after.includes(value));
}
