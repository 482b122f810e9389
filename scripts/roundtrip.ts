/**
 * `npm run -s roundtrip -- DIR`: takes every `*.json` of a folder through decode → protobuf → decode → JSON, and
 * every `.pb` beside one: what it holds in Kubernetes' protobuf encoding must equal the JSON, also after encoding it again.
 * Prints a line per difference, then how many files came back as they were; exits 1 when one did not, or is of an unknown
 * kind.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkFile, checkProtobufFile } from "./roundtrip/check-file.ts";

const [directory, ...more] = process.argv.slice(2);
if (directory === undefined || more.length > 0) {
  console.error("usage: npm run -s roundtrip -- DIR");
  process.exit(2);
}

let equal = 0;
let differ = 0;
for (const name of jsonFiles(directory)) {
  const text = readFileSync(join(directory, name), "utf8");
  report(name, checkFile(name, text));
  const protobuf = name.replace(/\.json$/, ".pb");
  const path = join(directory, protobuf);
  if (existsSync(path)) report(protobuf, checkProtobufFile(protobuf, readFileSync(path), text));
}
console.log(`${equal} equal, ${differ} differ`);
if (differ > 0) process.exitCode = 1;

function report(name: string, faults: readonly string[]): void {
  if (faults.length === 0) equal++;
  else differ++;
  for (const fault of faults) console.log(`${name}: ${fault}`);
}

function jsonFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".json"))
      .sort();
  } catch (error) {
    console.error(`cannot read ${folder}: ${error instanceof Error ? error.message : error}`);
    process.exit(2);
  }
}
