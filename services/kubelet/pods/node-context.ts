import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import type { Client } from "../../../lib/client/client.ts";
import type { EventRecorder } from "../../../lib/client/event-recorder.ts";
import type { Lister } from "../../../lib/client/informer.ts";
import type { Logger } from "../../../lib/observe/logger.ts";
import type { DeviceManager } from "../devices/device-manager.ts";
import type { Machine } from "../eviction/machine.ts";
import type { KubeletOptions } from "../options.ts";
import type { Runtime } from "../runtimes/runtime.ts";
import type { NodeRoom } from "./node-room.ts";
import type { RuntimeView } from "./runtime-view.ts";

/** What every part of one node's kubelet works with. */
export interface NodeContext {
  client: Client;
  runtime: Runtime;
  view: RuntimeView;
  /** What the machine has left. */
  machine: Machine;
  /** What of it is promised to pods. */
  room: NodeRoom;
  /** Devices that pods have claimed. */
  devices: DeviceManager;
  recorder: EventRecorder;
  services: Lister<Service>;
  clock: Clock;
  /** Randomness in [0, 1). */
  random: () => number;
  logger: Logger;
  options: KubeletOptions;
}

/** `namespace/name`, for people. */
export function podName(pod: Pod): string {
  return `${pod.metadata?.namespace}/${pod.metadata?.name}`;
}

/** As Kubernetes writes pods in events: `web_default(uid)`. */
export function podRef(pod: Pod): string {
  return `${pod.metadata?.name}_${pod.metadata?.namespace}(${pod.metadata?.uid})`;
}
