import type { PriorityLevelConfigurationSpec } from "../../../gen/typernetes/flowcontrol/v1/priority_level_configuration.ts";
import { mandatoryPriorityLevels } from "../../../lib/resources/priority-level-configuration/mandatory.ts";

/** Priority levels that a cluster begins with; the mandatory ones stay as they are. */
export const builtInLevels: Readonly<Record<string, PriorityLevelConfigurationSpec>> = {
  ...mandatoryPriorityLevels,
  system: queued(30, 33, 64),
  "node-high": queued(40, 25, 64),
  "leader-election": queued(10, 0, 16, 4),
  "workload-high": queued(40, 50, 128),
  "workload-low": queued(100, 90, 128),
  "global-default": queued(20, 50, 128),
};

function queued(shares: number, lendablePercent: number, queues: number, handSize = 6): PriorityLevelConfigurationSpec {
  const queuing = { queues, handSize, queueLengthLimit: 50 };
  const limitResponse = { type: "Queue", queuing };
  return { type: "Limited", limited: { nominalConcurrencyShares: shares, lendablePercent, limitResponse } };
}
