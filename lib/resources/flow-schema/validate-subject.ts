import type { ServiceAccountSubject, Subject } from "../../../gen/typernetes/flowcontrol/v1/flow_schema.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { checkDnsLabel, checkDnsSubdomain, checkRequired } from "../rules.ts";

/** Which field goes with which kind. */
const fields = { ServiceAccount: "serviceAccount", User: "user", Group: "group" } as const;
const kinds = ["Group", "ServiceAccount", "User"];

/** Checks whose requests are meant. */
export function validateSubject(subject: Subject, path: string, errors: FieldErrors): void {
  if (!kinds.includes(subject.kind ?? "")) {
    errors.notSupported(`${path}.kind`, subject.kind ?? "", kinds);
    return;
  }
  for (const [kind, field] of Object.entries(fields)) {
    const at = `${path}.${field}`;
    if (kind !== subject.kind) {
      if (subject[field]) errors.forbidden(at, `${field} is forbidden when subject kind is not '${kind}'`);
    } else if (!subject[field]) errors.required(at, `${field} is required when subject kind is '${kind}'`);
    else if (field === "serviceAccount") validateServiceAccount(subject.serviceAccount ?? {}, at, errors);
    else checkRequired(subject[field] ?? {}, ["name"], at, errors);
  }
}

function validateServiceAccount({ name, namespace }: ServiceAccountSubject, path: string, errors: FieldErrors): void {
  if (!name) errors.required(`${path}.name`);
  else if (name !== "*") checkDnsSubdomain(name, `${path}.name`, errors);
  if (!namespace) errors.required(`${path}.namespace`, "must specify namespace for service account");
  else checkDnsLabel(namespace, `${path}.namespace`, errors);
}
