const tokens = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** The whole numbers of a JSON text that JavaScript cannot hold, as differences. */
export function lossyNumbers(text: string): string[] {
  const found: string[] = [];
  for (const [token] of text.matchAll(tokens)) {
    if (!/^-?\d{16,}$/.test(token)) continue;
    const held = BigInt(Number(token));
    if (held !== BigInt(token)) found.push(`number: ${token} → ${held}`);
  }
  return found;
}
