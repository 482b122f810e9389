import { generatedNameBaseMax } from "../../lib/api/object-meta.ts";

/** Letters and digits that form no words and are not mistaken for each other. */
const alphabet = "bcdfghjklmnpqrstvwxz2456789";
const suffixLength = 5;

/** `base` and five random characters, at most 63 in all. */
export function generateName(base: string, random: () => number): string {
  let name = base.slice(0, generatedNameBaseMax);
  for (let i = 0; i < suffixLength; i++) name += alphabet[Math.floor(random() * alphabet.length)];
  return name;
}
