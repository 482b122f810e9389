import type { ServiceAccount } from "../../../gen/typernetes/core/v1/service_account.ts";
import { ageColumn, countColumn } from "../columns.ts";
import { schemaOf } from "../schema-of.ts";
import type { Strategy } from "../strategy.ts";

/** How service accounts behave: nothing of theirs can be wrong. */
export const serviceAccount: Strategy<ServiceAccount> = {
  schema: schemaOf("", "v1", "serviceaccounts"),
  validate() {},
  hasGeneration: false,
  selectableFields: {},
  columns: [countColumn("Secrets", "How many secrets the account lists.", (it) => it.secrets?.length ?? 0), ageColumn],
};
