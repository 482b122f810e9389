import type { FieldErrors } from "../api/field-errors.ts";
import { type AddressBytes, ipAddress, parseAddress } from "../api/ip-address.ts";
import { checkName } from "./rules.ts";

export function checkIp(value: string, path: string, errors: FieldErrors): void {
  checkName(ipAddress, value, path, errors);
}

/** Addresses to which other machines cannot send: none of them is an endpoint or an external address. */
export function checkNotSpecialIp(value: string, path: string, errors: FieldErrors): void {
  const address = parseAddress(value);
  if (!address) {
    errors.invalid(path, value, "must be a valid IP address");
    return;
  }
  if (isUnspecified(address)) errors.invalid(path, value, `may not be unspecified (${value})`);
  if (isLoopback(address)) errors.invalid(path, value, "may not be in the loopback range (127.0.0.0/8, ::1/128)");
  if (isLinkLocal(address))
    errors.invalid(path, value, "may not be in the link-local range (169.254.0.0/16, fe80::/10)");
  if (isLinkLocalMulticast(address))
    errors.invalid(path, value, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
}

/** Whether two addresses, or the only one, are of different families. */
export function isDualStack(values: readonly string[]): boolean {
  return new Set(values.map((value) => parseAddress(value)?.length)).size === 2;
}

export function isIpv6(value: string): boolean {
  return parseAddress(value)?.length === 16;
}

function isUnspecified(address: AddressBytes): boolean {
  return address.every((byte) => byte === 0);
}

/** Where a machine gives no privilege, pods live in 127.64.0.0/10: these addresses are the cluster's own. */
function isLoopback(address: AddressBytes): boolean {
  if (address.length === 4) return address[0] === 127 && ((address[1] ?? 0) & 0xc0) !== 0x40;
  return address[15] === 1 && address.subarray(0, 15).every((byte) => byte === 0);
}

function isLinkLocal([first = 0, second = 0, ...rest]: AddressBytes): boolean {
  return rest.length === 2 ? first === 169 && second === 254 : first === 0xfe && (second & 0xc0) === 0x80;
}

function isLinkLocalMulticast([first = 0, second = 0, third = 0, ...rest]: AddressBytes): boolean {
  return rest.length === 1 ? first === 224 && second === 0 && third === 0 : first === 0xff && (second & 0x0f) === 2;
}
