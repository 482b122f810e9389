import type { ControllerRevision } from "../../../gen/typernetes/apps/v1/controller_revision.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { validateImmutable } from "../../api/object-meta.ts";
import { ageColumn, countColumn, none, textColumn } from "../columns.ts";
import { checkNonNegative } from "../rules.ts";
import { schemaOf } from "../schema-of.ts";
import type { Strategy } from "../strategy.ts";

/** How revisions of controllers behave: what they hold never changes. */
export const controllerRevision: Strategy<ControllerRevision> = {
  schema: schemaOf("apps", "v1", "controllerrevisions"),
  validate(object, errors: FieldErrors) {
    if (object.data === undefined || object.data === null) errors.required("data", "data is mandatory");
    checkNonNegative(object.revision, "revision", errors);
  },
  validateUpdate(object, old, errors) {
    validateImmutable(object.data, old.data, "data", errors);
  },
  hasGeneration: false,
  selectableFields: {},
  columns: [
    textColumn("Controller", "Whose revision it is.", controller),
    countColumn("Revision", "Number of the revision.", (it) => it.revision ?? 0),
    ageColumn,
  ],
};

function controller({ metadata }: ControllerRevision): string {
  const owner = metadata?.ownerReferences?.find((it) => it.controller);
  if (!owner) return none;
  const group = owner.apiVersion?.includes("/") ? `.${owner.apiVersion.split("/")[0]}` : "";
  return `${(owner.kind ?? "").toLowerCase()}${group}/${owner.name}`;
}
