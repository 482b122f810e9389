import type { Environment } from "@marcbachmann/cel-js";

const pattern =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+[0-9a-zA-Z.-]+)?$/;

class CelVersion {
  readonly numbers: readonly bigint[];
  readonly prerelease: readonly string[];

  constructor(numbers: readonly bigint[], prerelease: readonly string[]) {
    this.numbers = numbers;
    this.prerelease = prerelease;
  }
}

/** `semver(…)`, versions of programs. */
export function registerVersions(environment: Environment): void {
  environment
    .registerType("Semver", CelVersion)
    .registerFunction("semver(string): Semver", (text: string) => read(text))
    .registerFunction("semver(string, bool): Semver", (text: string, lenient: boolean) =>
      read(completed(text, lenient)),
    )
    .registerFunction("isSemver(string): bool", (text: string) => pattern.test(text))
    .registerFunction("isSemver(string, bool): bool", (text: string, lenient: boolean) =>
      pattern.test(completed(text, lenient)),
    )
    .registerOperator("Semver == Semver", (left: CelVersion, right: CelVersion) => compare(left, right) === 0)
    .registerFunction("Semver.major(): int", (it: CelVersion) => it.numbers[0] ?? 0n)
    .registerFunction("Semver.minor(): int", (it: CelVersion) => it.numbers[1] ?? 0n)
    .registerFunction("Semver.patch(): int", (it: CelVersion) => it.numbers[2] ?? 0n)
    .registerFunction("Semver.isLessThan(Semver): bool", (it: CelVersion, other: CelVersion) => compare(it, other) < 0)
    .registerFunction(
      "Semver.isGreaterThan(Semver): bool",
      (it: CelVersion, other: CelVersion) => compare(it, other) > 0,
    )
    .registerFunction("Semver.compareTo(Semver): int", (it: CelVersion, other: CelVersion) =>
      BigInt(compare(it, other)),
    );
}

/** Without a leading `v` or zeros, and with the parts that are missing, when that is wished. */
function completed(text: string, lenient: boolean): string {
  if (!lenient) return text;
  const [numbers = "", ...rest] = text
    .trim()
    .replace(/^v/, "")
    .split(/(?=[-+])/);
  const parts = numbers.split(".").map((part) => part.replace(/^0+(?=\d)/, ""));
  while (parts.length < 3) parts.push("0");
  return parts.join(".") + rest.join("");
}

/** A version as expressions see it. @throws SyntaxError when it is none. */
export function celVersion(text: string): unknown {
  return read(text);
}

function read(text: string): CelVersion {
  const match = pattern.exec(text);
  if (!match) throw new SyntaxError(`invalid semver ${JSON.stringify(text)}`);
  const [, major = "0", minor = "0", patch = "0", prerelease] = match;
  return new CelVersion([major, minor, patch].map(BigInt), prerelease?.split(".") ?? []);
}

function compare(left: CelVersion, right: CelVersion): number {
  for (const [index, number] of left.numbers.entries()) {
    const other = right.numbers[index] ?? 0n;
    if (number !== other) return number < other ? -1 : 1;
  }
  if (left.prerelease.length === 0 || right.prerelease.length === 0)
    return Math.sign(right.prerelease.length - left.prerelease.length);
  return comparePrereleases(left.prerelease, right.prerelease);
}

function comparePrereleases(left: readonly string[], right: readonly string[]): number {
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const [a, b] = [left[index], right[index]];
    if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
    if (a === b) continue;
    const numeric = [a, b].map((part) => /^\d+$/.test(part));
    if (numeric[0] && numeric[1]) return Number(a) < Number(b) ? -1 : 1;
    if (numeric[0] !== numeric[1]) return numeric[0] ? -1 : 1;
    return a < b ? -1 : 1;
  }
  return 0;
}
