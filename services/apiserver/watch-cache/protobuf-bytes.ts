const textEncoder = new TextEncoder();

/** The bytes of a length-delimited field: tag, length, content. */
export function lengthDelimited(fieldNumber: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const head = header(fieldNumber, totalLength(parts));
  return concatenate([head, ...parts]);
}

/** The bytes of a string field. */
export function stringField(fieldNumber: number, text: string): Uint8Array {
  return lengthDelimited(fieldNumber, textEncoder.encode(text));
}

/** Tag and length of a length-delimited field whose content follows. */
export function header(fieldNumber: number, length: number): Uint8Array {
  const bytes: number[] = [];
  pushVarint(bytes, fieldNumber * 8 + 2);
  pushVarint(bytes, length);
  return Uint8Array.from(bytes);
}

/** How many bytes a varint takes. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) length++;
  return length;
}

/** Writes a varint into `target` and returns the position after it. */
export function writeVarint(target: Uint8Array, position: number, value: number): number {
  let at = position;
  let rest = value;
  while (rest > 127) {
    target[at++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  target[at++] = rest;
  return at;
}

/** All of `parts` in one array. */
export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only) return only;
  const joined = Buffer.allocUnsafeSlow(totalLength(parts));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function totalLength(parts: readonly Uint8Array[]): number {
  let length = 0;
  for (const part of parts) length += part.length;
  return length;
}

function pushVarint(bytes: number[], value: number): void {
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
}
