/** Freezes a plain value and all it holds. What is frozen already is taken to be frozen throughout. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  const members: Record<string, unknown> = Object(value);
  for (const name in members) {
    const member = members[name];
    if (typeof member === "object") deepFreeze(member);
  }
  return Object.freeze(value);
}

/**
 * A copy of a plain value (objects, arrays, scalars) that may be changed. Absent members stay absent; byte arrays are
 * shared, as nobody changes them in place.
 */
export function clonePlain<T>(value: T): T;
export function clonePlain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => clonePlain(item));
  return ArrayBuffer.isView(value) ? value : cloneMembers(Object(value));
}

function cloneMembers(source: Record<string, unknown>): object {
  const copy: Record<string, unknown> = Object.getPrototypeOf(source) === null ? Object.create(null) : {};
  for (const name in source) {
    const member = source[name];
    if (member === undefined) continue;
    const value: unknown = typeof member === "object" ? clonePlain(member) : member;
    // An own member of that name would otherwise set the prototype.
    if (name === "__proto__")
      Object.defineProperty(copy, name, { value, enumerable: true, writable: true, configurable: true });
    else copy[name] = value;
  }
  return copy;
}
