import type { Dice } from "./dice.ts";

/** Lengths and numbers in protobuf that are more than there is, or than anybody can count. */
const varints = [
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x80, 0x00],
  [0x0b],
  [0x07],
] as const;

/** Changes bytes in a place or two, so that most of them still mean something. */
export function bendBytes(dice: Dice, bytes: Buffer): Buffer {
  let bent: Buffer = Buffer.from(bytes);
  for (let left = 1 + dice.below(3); left > 0 && bent.length > 0; left--) bent = bendOnce(dice, bent);
  return bent;
}

function bendOnce(dice: Dice, bytes: Buffer): Buffer {
  const at = dice.below(bytes.length);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (dice.below(6)) {
    case 0:
      bytes[at] = dice.below(256);
      return bytes;
    case 1:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << dice.below(8));
      return bytes;
    case 2:
      return Buffer.from(before);
    case 3:
      return Buffer.concat([before, Buffer.from(varints[dice.below(varints.length)] ?? []), after]);
    case 4:
      return Buffer.concat([before, after.subarray(dice.below(20))]);
    default:
      // A part twice, or within itself.
      return Buffer.concat([before, after.subarray(0, dice.below(200)), after]);
  }
}
