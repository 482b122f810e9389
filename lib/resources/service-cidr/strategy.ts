import type { ServiceCIDR } from "../../../gen/typernetes/networking/v1/service_cidr.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { cidr, parseRange } from "../../api/ip-address.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { checkName, immutableMessage } from "../rules.ts";
import { schemaOf } from "../schema-of.ts";
import { dropStatus, keepSpec, keepStatus } from "../status-rules.ts";
import type { Strategy } from "../strategy.ts";

const path = "spec.cidrs";

/** How ranges of service addresses behave. */
export const serviceCidr: Strategy<ServiceCIDR> = {
  schema: schemaOf("networking.k8s.io", "v1", "servicecidrs"),
  prepareForCreate: dropStatus,
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  validate,
  validateUpdate,
  hasGeneration: false,
  selectableFields: {},
  columns: [textColumn("CIDRs", "The ranges.", (it) => (it.spec?.cidrs ?? []).join(",")), ageColumn],
};

function validate({ spec = {} }: ServiceCIDR, errors: FieldErrors): void {
  const ranges = spec.cidrs ?? [];
  if (ranges.length === 0) errors.required(path, "at least one CIDR required");
  else if (ranges.length > 2) errors.invalid(path, spec, "may only hold up to 2 values");
  else {
    for (const [index, range] of ranges.entries()) checkName(cidr, range, `${path}[${index}]`, errors);
    const families = ranges.map((range) => parseRange(range)?.address.length);
    if (ranges.length === 2 && families[0] !== undefined && families[0] === families[1])
      errors.invalid(
        path,
        ranges,
        "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64",
      );
  }
}

/** A second range may be added; those that are there stay. */
function validateUpdate({ spec }: ServiceCIDR, old: ServiceCIDR, errors: FieldErrors): void {
  const ranges = spec?.cidrs ?? [];
  const before = old.spec?.cidrs ?? [];
  const isWidened = before.length === 1 && ranges.length === 2;
  if (ranges.length !== before.length && !isWidened) errors.invalid(path, ranges, immutableMessage);
  else
    for (const [index, range] of before.entries())
      if (ranges[index] !== range) errors.invalid(`${path}[${index}]`, ranges[index], immutableMessage);
}
