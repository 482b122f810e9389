import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import { serviceName } from "../../api/names.ts";
import { schemaOf } from "../schema-of.ts";
import { keepSpec } from "../status-rules.ts";
import type { Strategy } from "../strategy.ts";
import { serviceColumns } from "./columns.ts";
import { defaultService } from "./defaults.ts";
import { prepareServiceForCreate, prepareServiceForUpdate } from "./prepare.ts";
import { validateService } from "./validate.ts";
import { validateServiceStatusUpdate, validateServiceUpdate } from "./validate-update.ts";

/** How services behave, apart from the allocation of addresses and node ports. */
export const service: Strategy<Service> = {
  schema: schemaOf("", "v1", "services"),
  nameRule: serviceName,
  defaults: defaultService,
  prepareForCreate: prepareServiceForCreate,
  prepareForUpdate: prepareServiceForUpdate,
  prepareForStatusUpdate: keepSpec,
  validate: validateService,
  validateUpdate: validateServiceUpdate,
  validateStatusUpdate: validateServiceStatusUpdate,
  hasGeneration: false,
  selectableFields: {
    "spec.clusterIP": (it) => it.spec?.clusterIP ?? "",
    "spec.type": (it) => it.spec?.type ?? "",
  },
  columns: serviceColumns,
};
