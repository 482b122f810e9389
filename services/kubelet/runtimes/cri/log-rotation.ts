import { rename, rm, stat } from "node:fs/promises";
import type { Clock } from "../../../../lib/base/clock.ts";
import type { Logger } from "../../../../lib/observe/logger.ts";
import type { LogLimits } from "../../configuration/log-limits.ts";
import { type CriClient, runtimeMethods } from "./cri-client.ts";
import { logFiles } from "./log-files.ts";

/** The kubelet's default for `containerLogMonitorInterval`. */
const intervalMs = 10_000;

/** A container's log, as rotation needs to know it. */
export interface RotatedLog {
  containerId: string;
  logPath: string;
}

export interface LogRotationDeps {
  client: CriClient;
  clock: Clock;
  limits: LogLimits;
  /** The logs that are written now. */
  written(): Promise<RotatedLog[]>;
  logger?: Logger;
}

/** Rotates logs every ten seconds until `signal` aborts. */
export async function keepRotating(deps: LogRotationDeps, signal: AbortSignal): Promise<void> {
  for (;;) {
    await deps.clock.sleep(intervalMs, signal).catch(() => {});
    if (signal.aborted) return;
    try {
      await rotateLogs(deps);
    } catch (error) {
      if (!signal.aborted) deps.logger?.warn({ err: error }, "logs were not rotated");
    }
  }
}

/** Moves away every log that has become too large, and removes the oldest of those moved. */
export async function rotateLogs(deps: LogRotationDeps): Promise<void> {
  for (const log of await deps.written()) {
    const size = await stat(log.logPath).then(
      (stats) => stats.size,
      () => 0,
    );
    if (size >= deps.limits.maxSizeBytes) await rotate(deps, log);
  }
}

async function rotate({ client, clock, limits }: LogRotationDeps, { containerId, logPath }: RotatedLog): Promise<void> {
  const moved = (await logFiles(logPath)).filter((file) => file !== logPath);
  const excess = moved.slice(0, Math.max(0, moved.length - limits.maxFiles + 2));
  await Promise.all(excess.map((file) => rm(file, { force: true })));
  const target = `${logPath}.${new Date(clock.now()).toISOString().replaceAll(/[-:TZ]/g, "")}`;
  await rename(logPath, target);
  try {
    await client.runtime(runtimeMethods.reopenContainerLog, { containerId });
  } catch (error) {
    // The runtime writes on into the old file: it keeps its name.
    await rename(target, logPath);
    throw error;
  }
}
