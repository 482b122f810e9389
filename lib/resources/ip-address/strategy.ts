import type { IPAddress } from "../../../gen/typernetes/networking/v1/ip_address.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { formatAddress, parseAddress } from "../../api/ip-address.ts";
import { validateImmutable } from "../../api/object-meta.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { checkPathSegment } from "../object-names.ts";
import { checkDnsSubdomain } from "../rules.ts";
import { schemaOf } from "../schema-of.ts";
import type { Strategy } from "../strategy.ts";

/** How addresses that are taken behave. */
export const ipAddress: Strategy<IPAddress> = {
  schema: schemaOf("networking.k8s.io", "v1", "ipaddresses"),
  nameRule: addressName,
  validate,
  validateUpdate(object, old, errors) {
    validateImmutable(object.spec?.parentRef, old.spec?.parentRef, "spec.parentRef", errors);
  },
  hasGeneration: false,
  selectableFields: { "spec.parentRef.name": (it) => it.spec?.parentRef?.name ?? "" },
  columns: [
    textColumn("ParentRef", "Who has the address.", ({ spec }) => {
      const { resource, group, namespace, name } = spec?.parentRef ?? {};
      return [`${resource ?? ""}${group ? `.${group}` : ""}`, namespace, name].filter(Boolean).join("/");
    }),
    ageColumn,
  ],
};

/** An object is named like its address, of which there is one way to write it. */
function addressName(name: string): string[] {
  const address = parseAddress(name);
  if (!address) return [`ParseAddr(${JSON.stringify(name)}): unable to parse IP`];
  return formatAddress(address) === name ? [] : ["must be a canonical format IP address"];
}

function validate({ spec }: IPAddress, errors: FieldErrors): void {
  const parent = spec?.parentRef;
  const path = "spec.parentRef";
  if (!parent) {
    errors.required(path);
    return;
  }
  if (parent.group) checkDnsSubdomain(parent.group, `${path}.group`, errors);
  checkPathSegment(parent.resource, `${path}.resource`, errors);
  checkPathSegment(parent.name, `${path}.name`, errors);
  if (parent.namespace) checkPathSegment(parent.namespace, `${path}.namespace`, errors);
}
