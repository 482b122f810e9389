import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { type Clock, systemClock } from "../../../../lib/base/clock.ts";
import { type Logger, silentLogger } from "../../../../lib/observe/logger.ts";
import { findControlGroups } from "../../cgroup/control-groups.ts";
import { type LogLimits, logLimitDefaults } from "../../configuration/log-limits.ts";
import { kernelNames } from "../../network/names.ts";
import type { NodePlace, PodNetwork } from "../../network/pod-network.ts";
import type { Image, Runtime } from "../runtime.ts";
import { EventBus } from "./event-bus.ts";
import { ImageStore } from "./image-store.ts";
import { findIsolation, type Isolation } from "./isolation.ts";
import { LinuxProcesses } from "./linux-processes.ts";
import type { NodeContext } from "./node-context.ts";
import { SUPERVISOR_SCRIPT } from "./supervisor.ts";
import { installTools } from "./tools.ts";

/** What a process runtime is made from. */
export interface ProcessRuntimeOptions {
  /** Where sandboxes, containers and their output are kept. One runtime at a time owns it. */
  stateDir: string;
  nodeName: string;
  network: PodNetwork;
  place: NodePlace;
  /** Whether an unknown image means the machine's own root. */
  hostImages: boolean;
  clock?: Clock;
  logger?: Logger;
  /** Where unpacked images are kept; in `stateDir` when absent. Nodes of one machine may share it. */
  imageDir?: string;
  /** Hidden from containers that see the machine's root; `stateDir` when absent. */
  dataDir?: string;
  /** False for plain processes even where isolation is possible; found by trying when absent. */
  isolation?: boolean;
  /** True to hold writable layers in memory even where the file system would do. */
  layersInMemory?: boolean;
  /** Kubernetes' defaults when absent. */
  logLimits?: LogLimits;
}

/** A runtime of plain Linux processes, and what it can do beyond the contract. */
export interface ProcessRuntime extends Runtime {
  /** What this machine does not let containers have, one line each. */
  readonly limitations: string[];
  /**
   * Adds the images of an archive, an OCI image layout or what `docker save` writes, as a path or a stream.
   * @throws RuntimeError `PullFailed`; nothing is changed then.
   */
  loadImage(archive: string | Readable): Promise<Image[]>;
}

/**
 * Opens the runtime on its state: sandboxes and containers of an earlier process are found again. Needs no daemon; what
 * of isolation is possible is found by trying.
 */
export async function createProcessRuntime(options: ProcessRuntimeOptions): Promise<ProcessRuntime> {
  const { stateDir, clock = systemClock, logger = silentLogger } = options;
  for (const dir of ["sandboxes", "containers"]) mkdirSync(join(stateDir, dir), { recursive: true });
  const supervisorScript = join(stateDir, "supervise.sh");
  writeFileSync(supervisorScript, SUPERVISOR_SCRIPT);
  const isolation: Isolation =
    options.isolation === false
      ? { isolated: false, layersInMemory: false, reason: "switched off" }
      : await findIsolation(join(stateDir, "probe"), options.layersInMemory);
  const context: NodeContext = {
    stateDir,
    dataDir: options.dataDir ?? stateDir,
    place: options.place,
    network: options.network,
    logLimits: options.logLimits ?? logLimitDefaults,
    clock,
    logger,
    events: new EventBus(),
    groups: await findControlGroups(),
    groupRoot: kernelNames(stateDir).prefix,
    isolation,
    tools: isolation.isolated ? await installTools(join(stateDir, "tools")) : undefined,
    supervisorScript,
  };
  const images = new ImageStore(options.imageDir ?? join(stateDir, "images"));
  const runtime = new LinuxProcesses(context, images, options.hostImages, limitationsOf(context));
  await runtime.load();
  return runtime;
}

/**
 * Adds the images of an archive, as `loadImage` does, to those in a directory that runtimes may have open.
 * @throws RuntimeError `PullFailed`
 */
export function loadArchive(imageDir: string, archive: string | Readable): Promise<Image[]> {
  return new ImageStore(imageDir).load(archive);
}

function limitationsOf({ isolation, groups, network }: NodeContext): string[] {
  const lines: string[] = [];
  if (!isolation.isolated) {
    lines.push(
      `no namespaces (${isolation.reason}): containers are plain processes without mounts and users of their own`,
    );
  }
  if (network.sharesMachine)
    lines.push("no pod network: pods share the machine's, each with a loopback address of its own");
  if (!groups) lines.push("no control groups: limits are not enforced, stats are empty");
  if (isolation.layersInMemory) lines.push("what containers write to their root is held in memory");
  return lines;
}
