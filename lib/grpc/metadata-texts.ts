import type { Metadata } from "@grpc/grpc-js";

/** Ends the names of metadata that are bytes, not text. */
export const bytesSuffix = "-bin";

/** Adds a text; one that would not arrive as it is goes as bytes in UTF-8. */
export function addText(metadata: Metadata, name: string, value: string): void {
  if (isPlain(value)) metadata.add(name, value);
  else metadata.add(`${name}${bytesSuffix}`, Buffer.from(value));
}

/** Texts are of ASCII, are trimmed, and several of one name are joined by commas on the way. */
function isPlain(value: string): boolean {
  return /^[\x20-\x7e]*$/.test(value) && !value.includes(",") && value.trim() === value;
}
