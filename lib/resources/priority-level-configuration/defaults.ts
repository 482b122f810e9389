import type { PriorityLevelConfiguration } from "../../../gen/typernetes/flowcontrol/v1/priority_level_configuration.ts";

/** Fills what Kubernetes fills in a priority level. */
export function defaultPriorityLevel({ spec }: PriorityLevelConfiguration): void {
  const exempt = spec?.exempt;
  if (exempt) {
    exempt.nominalConcurrencyShares ??= 0;
    exempt.lendablePercent ??= 0;
  }
  const limited = spec?.limited;
  if (!limited) return;
  limited.nominalConcurrencyShares ??= 30;
  limited.lendablePercent ??= 0;
  const queuing = limited.limitResponse?.queuing;
  if (!queuing) return;
  queuing.handSize ||= 8;
  queuing.queues ||= 64;
  queuing.queueLengthLimit ||= 50;
}
