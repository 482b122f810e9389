/** Whether two values of expressions are the same; numbers of different types by their value. */
export function sameValue(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (isNumber(left) && isNumber(right)) return left <= right && left >= right;
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) && left.length === right.length && left.every((item, index) => sameValue(item, right[index]))
    );
  }
  if (left instanceof Date) return right instanceof Date && left.getTime() === right.getTime();
  if (left instanceof Uint8Array) return right instanceof Uint8Array && Buffer.compare(left, right) === 0;
  return isObject(left) && isObject(right) && sameMembers(membersOf(left), membersOf(right));
}

function sameMembers(left: Map<unknown, unknown>, right: Map<unknown, unknown>): boolean {
  if (left.size !== right.size) return false;
  for (const [key, value] of left) if (!right.has(key) || !sameValue(value, right.get(key))) return false;
  return true;
}

function membersOf(value: object): Map<unknown, unknown> {
  const members = new Map<unknown, unknown>(value instanceof Map ? [...value] : Object.entries(value));
  for (const [key, member] of members) if (member === undefined) members.delete(key);
  return members;
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** The order of two values of one type. @throws TypeError when they have none. */
export function compareValues(left: unknown, right: unknown): number {
  if (isNumber(left) && isNumber(right)) return left < right ? -1 : left > right ? 1 : 0;
  if (typeof left === "string" && typeof right === "string") return left < right ? -1 : left > right ? 1 : 0;
  if (typeof left === "boolean" && typeof right === "boolean") return Number(left) - Number(right);
  const [first, second] = [Number(left), Number(right)];
  if (left instanceof Date || (isObject(left) && !Number.isNaN(first))) return Math.sign(first - second);
  throw new TypeError("no such overload: the values have no order");
}
