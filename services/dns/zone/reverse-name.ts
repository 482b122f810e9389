import { isIP } from "node:net";

/** The address that a name below `in-addr.arpa` or `ip6.arpa` stands for; undefined for others and for parts of one. */
export function addressOfReverseName(name: string): string | undefined {
  if (name.endsWith(".in-addr.arpa")) {
    const ip = name.slice(0, -".in-addr.arpa".length).split(".").reverse().join(".");
    return isIP(ip) === 4 ? ip : undefined;
  }
  if (!name.endsWith(".ip6.arpa")) return undefined;
  const digits = name.slice(0, -".ip6.arpa".length).split(".").reverse();
  if (digits.length !== 32 || digits.some((digit) => !/^[0-9a-f]$/.test(digit))) return undefined;
  return canonicalAddress((digits.join("").match(/.{4}/g) ?? []).join(":"));
}

/** One spelling for each address. */
export function canonicalAddress(ip: string): string {
  return isIP(ip) === 6 ? new URL(`http://[${ip}]`).hostname.slice(1, -1) : ip;
}

/** The reverse zone of an IPv4 range, as far as whole octets go: `10.244.0.0/16` is `244.10.in-addr.arpa`. */
export function reverseZone(range: string): string {
  const [ip = "", length = "32"] = range.split("/");
  const octets = ip.split(".").slice(0, Math.max(1, Math.floor(Number(length) / 8)));
  return `${octets.reverse().join(".")}.in-addr.arpa`;
}
