import { encodeTextField, varintLength, wireTypes, writeVarint } from "../wire.ts";

const objectTag = 2 * 8 + wireTypes.bytes;
const rawTag = 8 + wireTypes.bytes;
/** Before each frame stands its length, the highest byte first. */
const frameHeadLength = 4;

/**
 * One event of a watch in Kubernetes' protobuf encoding, as it stands in the stream: its length, then a `WatchEvent`
 * without envelope. `object` is an object with its envelope.
 */
export function encodeKubernetesWatchFrame(type: string, object: Uint8Array): Uint8Array {
  const typeField = encodeTextField(1, type);
  const rawLength = 1 + varintLength(object.length) + object.length;
  const length = typeField.length + 1 + varintLength(rawLength) + rawLength;
  const frame = new Uint8Array(frameHeadLength + length);
  new DataView(frame.buffer).setUint32(0, length);
  frame.set(typeField, frameHeadLength);
  let at = frameHeadLength + typeField.length;
  frame[at++] = objectTag;
  at = writeVarint(frame, at, rawLength);
  frame[at++] = rawTag;
  frame.set(object, writeVarint(frame, at, object.length));
  return frame;
}
