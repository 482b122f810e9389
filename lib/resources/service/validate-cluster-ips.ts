import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { checkIp, isDualStack, isIpv6 } from "../ip-rules.ts";
import { checkOptionalOneOf } from "../rules.ts";
import { isHeadless } from "./service-type.ts";

const families = ["IPv4", "IPv6"];
const familyPolicies = ["PreferDualStack", "RequireDualStack", "SingleStack"];

/** Checks a service's own addresses and their families. */
export function validateClusterIps(service: Service, errors: FieldErrors): void {
  const { clusterIP, clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = service.spec ?? {};
  const path = "spec.clusterIPs";
  if (clusterIP) {
    if (clusterIPs.length === 0) errors.required(path);
    else if (clusterIPs[0] !== clusterIP) errors.invalid(path, clusterIPs, "first value must match `clusterIP`");
  } else if (clusterIPs.length > 0) errors.invalid(path, clusterIPs, "must be empty when `clusterIP` is not specified");
  validateFamilies(ipFamilies, errors);
  checkOptionalOneOf(ipFamilyPolicy, familyPolicies, "spec.ipFamilyPolicy", errors);
  if (!validateAddresses(clusterIPs, path, errors)) return;
  if (clusterIPs.length > 1 && !isDualStack(clusterIPs))
    errors.invalid(path, clusterIPs, "may specify no more than one IP for each IP family");
  if (!isHeadless(service)) matchFamilies(clusterIPs, ipFamilies, path, errors);
}

function validateFamilies(ipFamilies: readonly string[], errors: FieldErrors): void {
  for (const [index, family] of ipFamilies.entries()) {
    const at = `spec.ipFamilies[${index}]`;
    if (!families.includes(family)) errors.notSupported(at, family, families);
    if (ipFamilies.indexOf(family) < index) errors.duplicate(at, family);
  }
}

/** Answers whether all of them are addresses. */
function validateAddresses(addresses: readonly string[], path: string, errors: FieldErrors): boolean {
  const count = errors.count;
  for (const [index, address] of addresses.entries()) {
    if (index > 0 || address !== "None") checkIp(address, `${path}[${index}]`, errors);
    else if (addresses.length > 1) errors.invalid(path, addresses, "'None' must be the first and only value");
  }
  const areValid = errors.count === count;
  if (addresses.length > 2) errors.invalid(path, addresses, "may only hold up to 2 values");
  return areValid;
}

function matchFamilies(
  addresses: readonly string[],
  ipFamilies: readonly string[],
  path: string,
  errors: FieldErrors,
): void {
  for (const [index, address] of addresses.entries()) {
    const family = ipFamilies[index];
    if (family !== undefined && families.includes(family) && isIpv6(address) !== (family === "IPv6"))
      errors.invalid(
        `${path}[${index}]`,
        address,
        `expected an ${family} value as indicated by \`ipFamilies[${index}]\``,
      );
  }
}
