import { codecs, type MessageCodec } from "../../../gen/codecs.ts";
import { decode } from "../decode.ts";
import { normalise } from "../normalise.ts";

/** The generated codec of a message. @throws RangeError when there is none. */
export function messageCodec(message: string): MessageCodec {
  const codec = Object.hasOwn(codecs, message) ? codecs[message] : undefined;
  if (!codec) throw new RangeError(`no codec of ${message}`);
  return codec;
}

/** What becomes of JSON that is decoded strictly, written as protobuf, read again and written as JSON. */
export function roundTrip(message: string, json: unknown): unknown {
  const codec = messageCodec(message);
  const back = codec.decode(codec.encode(decode(message, json).object).finish());
  normalise(message, back);
  return JSON.parse(JSON.stringify(back));
}
