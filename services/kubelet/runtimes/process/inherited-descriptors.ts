import { existsSync, readdirSync, readFileSync } from "node:fs";

const CLOSE_ON_EXEC = 0o2000000;

/**
 * The words that run `words` without the open files that this process has inherited and would hand on: what starts a
 * container must not give it files of the machine. Usually there are none, and the words stay as they are.
 */
export function withoutInheritedDescriptors(words: string[]): string[] {
  const descriptors = inheritedDescriptors();
  if (descriptors.length === 0) return words;
  const close = descriptors.map((descriptor) => `exec ${descriptor}>&-; `).join("");
  // The sh of Debian knows descriptors of one digit only.
  const shell = existsSync("/bin/bash") ? ["/bin/bash", "--norc"] : ["/bin/sh"];
  return [...shell, "-c", `${close}exec "$@"`, "sh", ...words];
}

let known: number[] | undefined;

/** Node opens everything with close-on-exec, so what lacks it was there from the start. */
function inheritedDescriptors(): number[] {
  known ??= readdirSync("/proc/self/fd")
    .map(Number)
    .filter((descriptor) => descriptor > 2 && isHandedOn(descriptor));
  return known;
}

function isHandedOn(descriptor: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8"))?.[1] ?? "0";
    return (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    // Closed since it was listed.
    return false;
  }
}
