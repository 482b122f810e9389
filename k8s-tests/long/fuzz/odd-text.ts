import type { Dice } from "./dice.ts";

/** Names that objects of the run have; few, so that requests meet. */
export const names = ["fuzz-a", "fuzz-b", "fuzz-c", "fuzz-d"] as const;

const strange = [
  "",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "..",
  "-",
  "A_b",
  "a".repeat(254),
  "x".repeat(5000),
  "0",
  "null",
  "a/b",
  "a=b,c!=d,e in (f,g),!h",
  "\u0000",
  "ü€𝄞",
  "\ud800",
  "9".repeat(400),
  "-1",
  "1e999",
  "$(x)",
  "'\"",
] as const;

/** A word: mostly a plain name, sometimes one that programs trip over. */
export function word(dice: Dice): string {
  return dice.chance(0.6) ? dice.pick(names) : dice.pick(strange);
}

const numbers = [
  "0",
  "-0",
  "-1",
  "1",
  "2147483648",
  "9007199254740993",
  "9223372036854775808",
  "1e308",
  "1e999",
  "0.1",
] as const;
const keys = [
  "metadata",
  "spec",
  "status",
  "name",
  "namespace",
  "labels",
  "annotations",
  "finalizers",
  "data",
  "items",
] as const;
const moreKeys = [
  "__proto__",
  "constructor",
  "prototype",
  "apiVersion",
  "kind",
  "$patch",
  "$setElementOrder/a",
  "f:a",
] as const;

function key(dice: Dice): string {
  return JSON.stringify(dice.pick([dice.pick(keys), dice.pick(moreKeys), word(dice)]));
}

/** JSON text of anything, with keys that repeat and numbers that fit nowhere. */
export function anyJson(dice: Dice, depth = 4): string {
  const several = (make: () => string) => Array.from({ length: dice.below(4) }, make).join();
  switch (dice.below(depth > 0 ? 7 : 5)) {
    case 0:
      return dice.pick(numbers);
    case 1:
      return dice.pick(["true", "false", "null"]);
    case 5:
      return `[${several(() => anyJson(dice, depth - 1))}]`;
    case 6:
      return `{${several(() => `${key(dice)}:${anyJson(dice, depth - 1)}`)}}`;
    default:
      return JSON.stringify(word(dice));
  }
}

/** Changes a JSON text in places, so that most of it still means something. */
export function bend(dice: Dice, text: string): string {
  const values = [...text.matchAll(/(?<=:)("[^"]*"|\d+|true|false)/g)];
  const value = values[dice.below(values.length)];
  const brace = text.indexOf("{", dice.below(text.length));
  switch (dice.below(6)) {
    case 0:
      return value ? text.slice(0, value.index) + anyJson(dice) + text.slice(value.index + value[0].length) : text;
    case 1:
      return brace < 0 ? text : `${text.slice(0, brace + 1)}${key(dice)}:${anyJson(dice)},${text.slice(brace + 1)}`;
    case 2:
      return text.slice(0, dice.below(text.length));
    case 3:
      return brace < 0 ? text : `${text.slice(0, brace + 1)}"__proto__":{"polluted":true},${text.slice(brace + 1)}`;
    case 4:
      return text.replace(/"(\w+)":([^,{}[\]]+)/, '"$1":$2,"$1":$2');
    default:
      return text;
  }
}

/** Arrays or objects within each other. */
export function deepJson(dice: Dice): string {
  const depth = dice.pick([100, 1000, 10_000, 100_000]);
  return dice.chance(0.5) ? "[".repeat(depth) + "]".repeat(depth) : `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
}
