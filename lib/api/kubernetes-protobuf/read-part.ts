import type { MessageReader } from "./message-reader.ts";

/** Calls `visit` for every field of a small message; what it does not take is skipped. @throws RangeError */
export function readPart(reader: MessageReader, visit: (tag: number) => boolean): void {
  const end = reader.valueEnd();
  while (reader.position < end) {
    const tag = reader.varint();
    if (!visit(tag)) reader.skip(tag);
  }
  if (reader.position !== end) throw new RangeError("broken protobuf: a field is longer than its message");
}
