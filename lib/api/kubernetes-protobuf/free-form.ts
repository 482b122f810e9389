import { isTooDeep } from "../nesting.ts";
import { parseJson } from "../parse-json.ts";
import type { BackwardWriter } from "./backward-writer.ts";
import { isEnveloped } from "./envelope.ts";
import type { MessageReader } from "./message-reader.ts";
import { readPart } from "./read-part.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Free-form JSON: a message with its text in field 1; null is nothing at all. */
export function writeFreeForm(writer: BackwardWriter, value: unknown): void {
  const end = writer.length;
  const json = value === null ? undefined : JSON.stringify(value);
  if (json !== undefined) {
    writer.text(json);
    writer.varint(10);
  }
  writer.varint(writer.length - end);
}

/** The value; undefined when there is none. @throws StatusError BadRequest at broken JSON */
export function readFreeForm(reader: MessageReader): unknown {
  let raw: Uint8Array = new Uint8Array();
  readPart(reader, (tag) => {
    if (tag !== 10) return false;
    raw = reader.content();
    return true;
  });
  if (raw.length === 0) return undefined;
  if (isEnveloped(raw)) return reader.embedded(raw, reader.depth + 1);
  const value = parseJson(decoder.decode(raw));
  if (isTooDeep(value)) throw new RangeError("exceeded max depth");
  return value === null ? undefined : value;
}
