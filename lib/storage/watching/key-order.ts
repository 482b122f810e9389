/** The first key after every key that begins with `prefix`; undefined when there is none (an empty prefix). */
export function prefixEnd(prefix: string): string | undefined {
  const points = Array.from(prefix);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    const next = nextCodePoint(last.codePointAt(0) ?? 0);
    if (next !== undefined) return points.join("") + String.fromCodePoint(next);
  }
  return undefined;
}

/** The next character in the order of UTF-8 bytes, which is the order of code points; surrogates are no characters. */
function nextCodePoint(point: number): number | undefined {
  if (point === 0x10ffff) return undefined;
  return point + 1 === 0xd800 ? 0xe000 : point + 1;
}

/** Below, equal or above zero as `a` comes before, is or comes after `b` in the order of UTF-8 bytes. */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
