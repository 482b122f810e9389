import type { ContainerStatus as RuntimeContainer } from "../runtimes/runtime.ts";

/** When the attempts of tests begin. */
export const nowMs = Date.parse("2026-01-01T00:00:00Z");

/** A running container of a test; `changes` make it another. */
export function attempt(number: number, changes: Partial<RuntimeContainer>): RuntimeContainer {
  const identity = {
    id: `c${number}`,
    sandboxId: "s",
    name: "main",
    attempt: number,
    image: "image:1",
    imageId: "sha",
    labels: {},
  };
  return { ...identity, state: "Running", createdAtMs: nowMs, startedAtMs: nowMs, ...changes };
}

/** A container that ended after a second. */
export function exited(number: number, exitCode: number): RuntimeContainer {
  return attempt(number, {
    state: "Exited",
    exitCode,
    finishedAtMs: nowMs + 1000,
    reason: exitCode === 0 ? "Completed" : "Error",
  });
}
