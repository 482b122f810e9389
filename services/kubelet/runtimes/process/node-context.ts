import type { Clock } from "../../../../lib/base/clock.ts";
import type { Logger } from "../../../../lib/observe/logger.ts";
import type { ControlGroups } from "../../cgroup/control-groups.ts";
import type { LogLimits } from "../../configuration/log-limits.ts";
import type { NodePlace, PodNetwork } from "../../network/pod-network.ts";
import type { EventBus } from "./event-bus.ts";
import type { Isolation } from "./isolation.ts";
import type { Tools } from "./tools.ts";

/** What sandboxes and containers of one node share. */
export interface NodeContext {
  stateDir: string;
  /** Hidden from containers of the image `host`. */
  dataDir: string;
  place: NodePlace;
  network: PodNetwork;
  logLimits: LogLimits;
  clock: Clock;
  logger: Logger;
  events: EventBus;
  /** Absent where the machine lets us make none. */
  groups: ControlGroups | undefined;
  /** The control group above all of this node's. */
  groupRoot: string;
  isolation: Isolation;
  /** Absent without isolation. */
  tools: Tools | undefined;
  /** The file that holds the supervisor's script. */
  supervisorScript: string;
}
