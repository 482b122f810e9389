import { type Container, ContainerState } from "../../../../gen/runtime/v1/container.ts";
import { type PodSandbox, PodSandboxState } from "../../../../gen/runtime/v1/sandbox.ts";
import type { Clock } from "../../../../lib/base/clock.ts";
import type { Logger } from "../../../../lib/observe/logger.ts";
import type { RuntimeEvent } from "../runtime.ts";

/** Not every runtime tells of changes, so all are asked; a list is cheap for them, who have it in memory. */
const pollMs = 250;
/** While the runtime does not answer. */
const silenceMs = 2_000;

export interface EventsDeps {
  clock: Clock;
  listContainers(): Promise<Container[]>;
  listSandboxes(): Promise<PodSandbox[]>;
  logger?: Logger;
}

type Phase = "created" | "started" | "exited";

interface Known {
  event: Omit<RuntimeEvent, "kind">;
  phase: Phase;
}

/** What changed since the last look, first of all everything that is there: nothing between call and look is missed. */
export async function* watchEvents(deps: EventsDeps, signal: AbortSignal): AsyncGenerator<RuntimeEvent> {
  let known = new Map<string, Known>();
  let silent = false;
  while (!signal.aborted) {
    try {
      const present = await takeStock(deps);
      silent = false;
      for (const event of changes(known, present)) {
        if (signal.aborted) return;
        yield event;
      }
      known = present;
    } catch (error) {
      if (signal.aborted) return;
      if (!silent) deps.logger?.warn({ err: error }, "no news from the container runtime; asking on");
      silent = true;
    }
    await deps.clock.sleep(silent ? silenceMs : pollMs, signal).catch(() => {}); // aborted: seen above
  }
}

async function takeStock(deps: EventsDeps): Promise<Map<string, Known>> {
  const [containers, sandboxes] = await Promise.all([deps.listContainers(), deps.listSandboxes()]);
  const stock = new Map<string, Known>();
  for (const { id = "", state = PodSandboxState.SANDBOX_READY } of sandboxes) {
    const phase = state === PodSandboxState.SANDBOX_READY ? "started" : "exited";
    stock.set(id, { event: { sandboxId: id }, phase });
  }
  for (const { id = "", podSandboxId: sandboxId = "", state } of containers)
    stock.set(id, { event: { sandboxId, containerId: id }, phase: phaseOf(state) });
  return stock;
}

function phaseOf(state: ContainerState = ContainerState.CONTAINER_CREATED): Phase {
  if (state === ContainerState.CONTAINER_CREATED) return "created";
  return state === ContainerState.CONTAINER_RUNNING ? "started" : "exited";
}

function* changes(before: ReadonlyMap<string, Known>, now: ReadonlyMap<string, Known>): Generator<RuntimeEvent> {
  for (const [id, { event, phase }] of now) {
    const was = before.get(id)?.phase;
    if (phase === was || phase === "created") continue;
    // A short life may begin and end between two looks.
    if (phase === "exited" && was !== "started") yield { ...event, kind: "started" };
    yield { ...event, kind: phase };
  }
  for (const [id, { event }] of before) if (!now.has(id)) yield { ...event, kind: "removed" };
}
