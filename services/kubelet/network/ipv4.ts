/** A range of IPv4 addresses. */
export interface IPv4Range {
  /** The first address, as a number. */
  first: number;
  /** How many addresses it holds. */
  size: number;
  prefixLength: number;
}

/** @throws Error when `text` is no IPv4 address. */
export function parseIPv4(text: string): number {
  const parts = text.split(".");
  const valid = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
  if (!valid) throw new Error(`not an IPv4 address: ${text}`);
  return parts.reduce((address, part) => address * 256 + Number(part), 0);
}

/** The dotted form of an address. */
export function formatIPv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

/** @throws Error when `text` is no range such as `10.244.1.0/24`. */
export function parseIPv4Range(text: string): IPv4Range {
  const [address = "", length = "32"] = text.split("/");
  const prefixLength = Number(length);
  if (!/^\d{1,2}$/.test(length) || prefixLength > 32) throw new Error(`not an IPv4 range: ${text}`);
  const size = 2 ** (32 - prefixLength);
  return { first: Math.floor(parseIPv4(address) / size) * size, size, prefixLength };
}

/** Whether two ranges share an address. */
export function rangesOverlap(a: IPv4Range, b: IPv4Range): boolean {
  return a.first < b.first + b.size && b.first < a.first + a.size;
}

/** The `index`-th range of `prefixLength` inside `range`, such as a node's `/24` of the cluster's `/16`. @throws RangeError */
export function subRange(range: string, prefixLength: number, index: number): string {
  const whole = parseIPv4Range(range);
  const size = 2 ** (32 - prefixLength);
  if (prefixLength < whole.prefixLength || index < 0 || (index + 1) * size > whole.size) {
    throw new RangeError(`${range} holds no range /${prefixLength} number ${index}`);
  }
  return `${formatIPv4(whole.first + index * size)}/${prefixLength}`;
}
