/** Asks a DNS server; started by a benchmark as a process of its own, which it obeys. */
import { createSocket } from "node:dgram";
import { setTimeout as sleep } from "node:timers/promises";
import packet from "dns-packet";

/** What is asked: as fast as `outstanding` questions at a time let it, or so many `perSecond`. */
export interface Load {
  port: number;
  names: readonly [name: string, type: string][];
  seconds: number;
  outstanding?: number;
  perSecond?: number;
}

/** How it went. */
export interface LoadResult {
  answers: number;
  seconds: number;
  p99Ms: number;
  /** Questions that were not answered in time. */
  lost: number;
}

const graceMs = 1000;

process.on("message", (load: Load) => {
  run(load).then(
    (result) => process.send?.(result),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
});

async function run({ port, names, seconds, outstanding = 0, perSecond = 0 }: Load): Promise<LoadResult> {
  const queries = names.map(([name, type]) =>
    packet.encode({
      type: "query",
      flags: packet.RECURSION_DESIRED,
      // Names of types are strings here.
      questions: [{ name, type: type as "A" }],
      additionals: [
        {
          type: "OPT",
          name: ".",
          udpPayloadSize: 1232,
          extendedRcode: 0,
          ednsVersion: 0,
          flags: 0,
          flag_do: false,
          options: [],
        },
      ],
    }),
  );
  const socket = createSocket({ type: "udp4", recvBufferSize: 4 << 20 });
  await new Promise<void>((resolve) => socket.connect(port, "127.0.0.1", resolve));
  const sentAt = new Map<number, number>();
  const took: number[] = [];
  let next = 0;
  let running = true;
  const ask = () => {
    const id = next & 0xffff;
    const query = Buffer.from(queries[(next++ * 7919) % queries.length] ?? []);
    query.writeUInt16BE(id, 0);
    sentAt.set(id, performance.now());
    socket.send(query);
  };
  socket.on("message", (answer) => {
    const id = answer.readUInt16BE(0);
    const at = sentAt.get(id);
    if (at === undefined) return;
    sentAt.delete(id);
    took.push(performance.now() - at);
    if (running && outstanding > 0) ask();
  });
  const start = performance.now();
  for (let count = 0; count < outstanding; count++) ask();
  while (performance.now() - start < seconds * 1000) {
    const due = ((performance.now() - start) / 1000) * perSecond;
    while (perSecond > 0 && next < due) ask();
    await sleep(1);
  }
  running = false;
  const elapsed = (performance.now() - start) / 1000;
  const answers = took.length;
  const deadline = performance.now() + graceMs;
  while (sentAt.size > 0 && performance.now() < deadline) await sleep(5);
  socket.close();
  took.sort((a, b) => a - b);
  return { answers, seconds: elapsed, p99Ms: took[Math.floor(took.length * 0.99)] ?? 0, lost: sentAt.size };
}
