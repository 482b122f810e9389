import type { Dice } from "./dice.ts";
import type { RawConnection } from "./raw-connection.ts";

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const type = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;
const flag = { endStream: 1, endHeaders: 4 } as const;
const path = "/api/v1/namespaces/default/configmaps";

function frame(kind: number, flags: number, stream: number, body: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head[3] = kind;
  head[4] = flags;
  head.writeUInt32BE(stream >>> 0, 5);
  return Buffer.concat([head, body]);
}

/** A header as it stands in no table. */
function literal(name: string, value: string): Buffer {
  const text = (part: string) => Buffer.concat([length(Buffer.byteLength(part)), Buffer.from(part)]);
  return Buffer.concat([Buffer.of(0), text(name), text(value)]);
}

/** A number with seven bits in its first byte. */
function length(value: number): Buffer {
  if (value < 127) return Buffer.of(value);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.of(...bytes, rest);
}

function headers(method: string, url: string, ...more: [string, string][]): Buffer {
  const all: [string, string][] = [
    [":method", method],
    [":scheme", "https"],
    [":authority", "fuzz"],
    [":path", url],
    ...more,
  ];
  return Buffer.concat(all.map(([name, value]) => literal(name, value)));
}

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, 4 * index);
  return bytes;
}

function setting(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUInt16BE(id);
  bytes.writeUInt32BE(value >>> 0, 2);
  return bytes;
}

const list = headers("GET", path);
const watch = headers("GET", `${path}?watch=1`);
const post = headers("POST", path, ["content-type", "application/json"]);
const whole = flag.endStream | flag.endHeaders;

/** Frames one after another, each on a stream of its own. */
function many(count: number, make: (stream: number) => Buffer): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, index) => make(2 * index + 1)));
}

const attacks: readonly ((dice: Dice) => Buffer)[] = [
  // Streams that are reset as soon as they are opened.
  (dice) => {
    const opened = dice.pick([list, watch, post]);
    return many(dice.pick([10, 200, 1500]), (stream) =>
      Buffer.concat([frame(type.headers, flag.endHeaders, stream, opened), frame(type.reset, 0, stream, words(8))]),
    );
  },
  // Bodies that end in the middle.
  () =>
    many(100, (stream) =>
      Buffer.concat([
        frame(type.headers, flag.endHeaders, stream, post),
        frame(type.data, 0, stream, Buffer.from('{"metadata":{"na')),
        frame(type.reset, 0, stream, words(2)),
      ]),
    ),
  // A head without an end.
  (dice) => {
    const rest = frame(type.continuation, 0, 1, literal("a", "b".repeat(dice.pick([0, 1000, 15_000]))));
    return Buffer.concat([frame(type.headers, 0, 1, list), ...Array<Buffer>(500).fill(rest)]);
  },
  () => Buffer.concat(Array<Buffer>(5000).fill(frame(type.settings, 0, 0, setting(1, 0)))),
  () => Buffer.concat(Array<Buffer>(5000).fill(frame(type.ping, 0, 0, words(1, 2)))),
  () => Buffer.concat(Array<Buffer>(5000).fill(frame(type.data, 0, 1))),
  (dice) => frame(type.windowUpdate, 0, dice.pick([0, 1]), words(dice.pick([0, 0x7fffffff, 0xffffffff]))),
  // Nothing may be sent back.
  () =>
    Buffer.concat([
      frame(type.settings, 0, 0, setting(4, 0)),
      many(50, (stream) => frame(type.headers, whole, stream, listOrWatch(stream))),
    ]),
  (dice) => frame(type.headers, whole, dice.pick([0, 2, 1, 0x7fffffff]), list),
  (dice) => frame(type.data, dice.below(256), dice.below(5), dice.bytes(50)),
  // References to what was never told, and tables of any size.
  (dice) => frame(type.headers, whole, 1, Buffer.concat([Buffer.of(0x3f, 0xff, 0xff, 0xff, 0x0f), dice.bytes(20)])),
  () => {
    const stored = Buffer.concat([
      Buffer.of(0x40),
      length(1),
      Buffer.from("a"),
      length(3000),
      Buffer.alloc(3000, 0x62),
    ]);
    const again = Buffer.alloc(10_000, 0xbe);
    return Buffer.concat([
      frame(type.headers, flag.endHeaders, 1, Buffer.concat([list, stored])),
      ...Array.from({ length: 20 }, (_, index) =>
        frame(type.headers, whole, 2 * index + 3, Buffer.concat([list, again])),
      ),
    ]);
  },
  (dice) =>
    frame(type.headers, whole, 1, headers(dice.pick(["CONNECT", "", "GET\0", "GET"]), dice.pick(["", "*", "x"]))),
  (dice) => frame(type.headers, whole, 1, headers("GET", path, dice.pick(oddHeaders))),
  (dice) => frame(type.settings, dice.below(2), dice.below(2), dice.bytes(dice.below(20))),
  (dice) => frame(type.goAway, 0, 0, dice.bytes(8)),
  // Requests that come behind the farewell.
  (dice) =>
    Buffer.concat([
      frame(type.headers, whole, 3, dice.pick([list, watch])),
      frame(type.goAway, 0, 0, words(0, dice.pick([0, 0, 2]))),
      ...Array.from({ length: 20 }, (_, index) =>
        frame(type.headers, whole, 2 * index + 5, listOrWatch(2 * index + 1)),
      ),
    ]),
  (dice) => Buffer.concat(Array.from({ length: 30 }, () => anyFrame(dice))),
];

function listOrWatch(stream: number): Buffer {
  return stream % 4 === 1 ? list : watch;
}

const oddHeaders: readonly [[string, string], ...[string, string][]] = [
  ["Upper", "x"],
  [":status", "200"],
  [":protocol", "websocket"],
  ["connection", "upgrade"],
  ["transfer-encoding", "chunked"],
  ["content-length", "-1"],
  ["a\0b", "x\r\ny: z"],
  ["te", "trailers, deflate"],
];

function anyFrame(dice: Dice): Buffer {
  const made = frame(dice.below(12), dice.below(256), dice.below(8), dice.bytes(dice.below(60)));
  if (dice.chance(0.1)) made.writeUIntBE(dice.below(1 << 24), 0, 3);
  return made;
}

/** Speaks HTTP/2 as it is not meant. */
export async function breakHttp2(dice: Dice, connection: RawConnection): Promise<void> {
  if (dice.chance(0.1)) return connection.write(dice.bytes(100));
  await connection.write(Buffer.concat([Buffer.from(preface), frame(type.settings, 0, 0)]));
  if (dice.chance(0.3)) await connection.write(frame(type.headers, whole, 1, dice.pick([list, watch])));
  for (let left = 1 + dice.below(2); left > 0; left--) {
    const attack = attacks[dice.below(attacks.length)];
    if (attack) await connection.write(attack(dice));
  }
}
