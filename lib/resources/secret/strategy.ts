import type { Secret } from "../../../gen/typernetes/core/v1/secret.ts";
import { deepEqual } from "../../api/deep.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { validateImmutable } from "../../api/object-meta.ts";
import { ageColumn, countColumn, textColumn } from "../columns.ts";
import { immutableWhenSet } from "../contents.ts";
import { schemaOf } from "../schema-of.ts";
import type { Strategy } from "../strategy.ts";
import { defaultSecret } from "./defaults.ts";
import { validateSecret } from "./validate.ts";

/** How secrets behave. */
export const secret: Strategy<Secret> = {
  schema: schemaOf("", "v1", "secrets"),
  defaults: defaultSecret,
  validate: validateSecret,
  validateUpdate,
  hasGeneration: false,
  selectableFields: { type: (it) => it.type ?? "" },
  columns: [
    textColumn("Type", "What the secret is for.", (it) => it.type ?? ""),
    countColumn("Data", "How many keys the secret has.", (it) => Object.keys(it.data ?? {}).length),
    ageColumn,
  ],
};

function validateUpdate(object: Secret, old: Secret, errors: FieldErrors): void {
  validateImmutable(object.type, old.type, "type", errors);
  if (!old.immutable) return;
  if (!object.immutable) errors.forbidden("immutable", immutableWhenSet);
  if (!deepEqual(object.data ?? {}, old.data ?? {})) errors.forbidden("data", immutableWhenSet);
}
