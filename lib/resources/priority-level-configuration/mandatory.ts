import type { PriorityLevelConfigurationSpec } from "../../../gen/typernetes/flowcontrol/v1/priority_level_configuration.ts";

/** What the priority levels that every cluster has say. */
export const mandatoryPriorityLevels: Readonly<Record<string, PriorityLevelConfigurationSpec>> = {
  exempt: { type: "Exempt", exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
  "catch-all": {
    type: "Limited",
    limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: "Reject" } },
  },
};
