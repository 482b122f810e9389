import type { Dice } from "./dice.ts";
import { anyJson } from "./odd-text.ts";

const fields = [
  "{}",
  '{"f:metadata":{"f:labels":{".":{},"f:a":{}}}}',
  '{"f:spec":{"k:{\\"name\\":\\"main\\"}":{".":{},"f:image":{}}}}',
  '{"k:{":{}}',
  '{"k:{\\"__proto__\\":1}":{}}',
  '{"v:1":{},"v:{":{},"i:0":{},"i:-1":{},"x:y":{}}',
  '{"f:__proto__":{"f:constructor":{}}}',
  `${'{"f:a":'.repeat(300)}{}${"}".repeat(300)}`,
] as const;

/** JSON of `managedFields`, mostly such as no server has written. */
export function oddManagedFields(dice: Dice): string {
  if (dice.chance(0.2)) return anyJson(dice);
  const entry = () => {
    const operation = dice.pick(["Apply", "Update", "", "None"]);
    const version = dice.pick(["v1", "apps/v1", "none/v9", ""]);
    const type = dice.pick(["FieldsV1", "FieldsV2", ""]);
    const owned = dice.chance(0.2) ? anyJson(dice) : dice.pick(fields);
    const time = dice.pick(["2020-01-01T00:00:00Z", "never", ""]);
    return `{"manager":"fuzz","operation":"${operation}","apiVersion":"${version}","time":"${time}","fieldsType":"${type}","fieldsV1":${owned}}`;
  };
  return `[${Array.from({ length: dice.below(4) }, entry).join()}]`;
}
