import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Clock, systemClock } from "../../../../lib/base/clock.ts";
import { findControlGroups } from "../../cgroup/control-groups.ts";
import { kernelNames } from "../../network/names.ts";
import type { ContainerRecord } from "./container-record.ts";
import { unmountBelow } from "./mount-info.ts";
import { isAlive, type ProcessIdentity, parseIdentity, signalProcess } from "./process-identity.ts";
import { readIfThere } from "./state-file.ts";

const END_TIMEOUT_MS = 30_000;

/**
 * Takes away what the runtime of a killed node left running or mounted: containers, namespaces, control groups. Its
 * files stay, and nobody else may have them open. Succeeds when there is nothing.
 */
export async function removeProcessLeftovers(stateDir: string, clock: Clock = systemClock): Promise<void> {
  const processes = containerProcesses(stateDir);
  for (const { identity, isGroup } of processes) signalProcess(identity, "SIGKILL", isGroup);
  const deadline = clock.monotonic() + END_TIMEOUT_MS;
  while (processes.some(({ identity }) => isAlive(identity))) {
    if (clock.monotonic() > deadline) throw new Error(`containers of ${stateDir} did not end within 30 s of SIGKILL`);
    await clock.sleep(5);
  }
  await unmountBelow(stateDir);
  const groups = await findControlGroups();
  await groups?.remove(kernelNames(stateDir).prefix);
}

function containerProcesses(stateDir: string): { identity: ProcessIdentity; isGroup: boolean }[] {
  const containers = join(stateDir, "containers");
  if (!existsSync(containers)) return [];
  return readdirSync(containers).flatMap((id) => {
    const identity = parseIdentity(readIfThere(join(containers, id, "run", "pid")) ?? "");
    const record = readIfThere(join(containers, id, "container.json"));
    if (!identity || record === undefined) return [];
    const { isolated, config }: Pick<ContainerRecord, "isolated" | "config"> = JSON.parse(record);
    // Without a namespace of its own the first process does not take the others with it.
    return [{ identity, isGroup: !isolated || config.pidNamespace !== undefined }];
  });
}
