import { runCommand } from "./command.ts";
import { parseIPv4Range, rangesOverlap } from "./ipv4.ts";

/**
 * The first of `candidates` (such as `172.30.0.0/16`) that shares no address with a route of the machine.
 * @throws Error when all are taken.
 */
export async function findFreeRange(
  candidates: readonly string[],
  routed: Promise<readonly string[]> = routedRanges(),
): Promise<string> {
  const taken = await routed;
  const free = candidates.find((candidate) => {
    const range = parseIPv4Range(candidate);
    return !taken.some((other) => rangesOverlap(range, parseIPv4Range(other)));
  });
  if (!free) throw new Error(`every one of the ranges ${candidates.join(", ")} is in use; see "ip route"`);
  return free;
}

/** What the machine has routes for, in every table. */
export async function routedRanges(): Promise<string[]> {
  const routes: { dst: string }[] = JSON.parse(
    await runCommand(["ip", "-json", "-4", "route", "show", "table", "all"]),
  );
  return routes.map((route) => route.dst).filter((dst) => /^\d/.test(dst));
}
