import type { FlowSchema } from "../../../gen/typernetes/flowcontrol/v1/flow_schema.ts";
import { findCondition } from "../../api/conditions.ts";
import { ageColumn, countColumn, none, textColumn } from "../columns.ts";
import { schemaOf } from "../schema-of.ts";
import { dropStatus, keepSpec, keepStatus } from "../status-rules.ts";
import type { Strategy } from "../strategy.ts";
import { validateFlowSchema } from "./validate.ts";

/** How assignments of requests to priority levels behave. */
export const flowSchema: Strategy<FlowSchema> = {
  schema: schemaOf("flowcontrol.apiserver.k8s.io", "v1", "flowschemas"),
  defaults({ spec }) {
    if (spec) spec.matchingPrecedence ||= 1000;
  },
  prepareForCreate: dropStatus,
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  validate: validateFlowSchema,
  hasGeneration: true,
  selectableFields: {},
  columns: [
    textColumn("PriorityLevel", "Where the requests go.", (it) => it.spec?.priorityLevelConfiguration?.name ?? ""),
    countColumn("MatchingPrecedence", "Which schema is asked first.", (it) => it.spec?.matchingPrecedence ?? 0),
    textColumn("DistinguisherMethod", "What makes a flow.", (it) => it.spec?.distinguisherMethod?.type ?? none),
    ageColumn,
    textColumn("MissingPL", "Whether its priority level is missing.", (it) => {
      return findCondition(it.status?.conditions, "Dangling")?.status ?? "?";
    }),
  ],
};
