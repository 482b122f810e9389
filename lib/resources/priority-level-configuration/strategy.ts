import type { PriorityLevelConfiguration } from "../../../gen/typernetes/flowcontrol/v1/priority_level_configuration.ts";
import { ageColumn, none, textColumn } from "../columns.ts";
import { schemaOf } from "../schema-of.ts";
import { dropStatus, keepSpec, keepStatus } from "../status-rules.ts";
import type { Strategy } from "../strategy.ts";
import { defaultPriorityLevel } from "./defaults.ts";
import { validatePriorityLevel } from "./validate.ts";

/** How priority levels of requests behave. */
export const priorityLevelConfiguration: Strategy<PriorityLevelConfiguration> = {
  schema: schemaOf("flowcontrol.apiserver.k8s.io", "v1", "prioritylevelconfigurations"),
  defaults: defaultPriorityLevel,
  prepareForCreate: dropStatus,
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  validate: validatePriorityLevel,
  hasGeneration: true,
  selectableFields: {},
  columns: [
    textColumn("Type", "Whether requests wait.", (it) => it.spec?.type ?? ""),
    textColumn("NominalConcurrencyShares", "The level's share of all seats.", (it) =>
      shown(it.spec?.limited?.nominalConcurrencyShares),
    ),
    textColumn("Queues", "How many queues there are.", (it) => shown(queuing(it)?.queues)),
    textColumn("HandSize", "How many queues a flow may use.", (it) => shown(queuing(it)?.handSize)),
    textColumn("QueueLengthLimit", "How long a queue may be.", (it) => shown(queuing(it)?.queueLengthLimit)),
    ageColumn,
  ],
};

function queuing({ spec }: PriorityLevelConfiguration) {
  return spec?.limited?.limitResponse?.queuing;
}

function shown(count: number | undefined): string {
  return count === undefined ? none : String(count);
}
