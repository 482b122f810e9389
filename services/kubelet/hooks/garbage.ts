import type { ContainerStatus } from "../runtimes/runtime.ts";
import type { PodHook } from "./hook.ts";

/** Of each container the last two attempts stay: what runs, and what `logs --previous` shows. */
const attemptsKept = 2;

/** Removes what the pod's restarts have left: older containers, and sandboxes without any. */
export const garbageHook: PodHook = {
  name: "garbage",
  async run(pass) {
    const { containers, olderSandboxes } = pass.observed;
    const { runtime } = pass.node;
    const kept = [...containers.values()].flatMap((attempts) => attempts.slice(0, attemptsKept));
    const old = [...containers.values()].flatMap((attempts) => attempts.slice(attemptsKept)).filter(isNotRunning);
    await Promise.all(old.map(({ id }) => runtime.removeContainer(id)));
    const used = new Set(kept.map(({ sandboxId }) => sandboxId));
    await Promise.all(olderSandboxes.filter(({ id }) => !used.has(id)).map(({ id }) => runtime.removeSandbox(id)));
    return "done";
  },
};

function isNotRunning({ state }: ContainerStatus): boolean {
  return state !== "Running";
}
