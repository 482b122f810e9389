import type { APIService } from "../../../gen/typernetes/apiregistration/v1/api_service.ts";
import { findCondition } from "../../api/conditions.ts";
import { pathSegmentName } from "../../api/names.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { schemaOf } from "../schema-of.ts";
import { keepSpec, keepStatus } from "../status-rules.ts";
import type { Strategy } from "../strategy.ts";
import { validateApiService } from "./validate.ts";

/** How services of a part of the API behave. */
export const apiService: Strategy<APIService> = {
  schema: schemaOf("apiregistration.k8s.io", "v1", "apiservices"),
  nameRule: pathSegmentName,
  defaults({ spec }) {
    if (spec?.service) spec.service.port ??= 443;
  },
  prepareForCreate(object) {
    object.status = object.spec?.service ? {} : { conditions: [localCondition(object)] };
  },
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  validate: validateApiService,
  updatesNeedVersion: true,
  hasGeneration: false,
  selectableFields: {},
  columns: [
    textColumn("Service", "Who serves it.", ({ spec }) =>
      spec?.service ? `${spec.service.namespace ?? ""}/${spec.service.name ?? ""}` : "Local",
    ),
    textColumn("Available", "Whether it is served now.", available),
    ageColumn,
  ],
};

/** What the server serves by itself is there from the beginning. */
function localCondition({ metadata }: APIService) {
  return {
    type: "Available",
    status: "True",
    lastTransitionTime: metadata?.creationTimestamp,
    reason: "Local",
    message: "Local APIServices are always available",
  };
}

function available({ status }: APIService): string {
  const condition = findCondition(status?.conditions, "Available");
  if (!condition) return "Unknown";
  if (condition.status === "True") return "True";
  return `${condition.status ?? ""} (${condition.reason ?? ""})`;
}
