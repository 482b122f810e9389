import { createSocket } from "node:dgram";
import { connect, isIP } from "node:net";
import packet, { type DecodedPacket, type RecordType } from "dns-packet";
import type { Clock } from "../../../lib/base/clock.ts";
import type { NameServer } from "../options.ts";

/** A question to another server. */
export interface UpstreamQuestion {
  name: string;
  type: string;
  class: string;
  dnssec: boolean;
  checkingDisabled: boolean;
}

const udpPayloadSize = 1232;
const checkingDisabledFlag = 0x0010;

/** Asks a server, over UDP, and over TCP when the answer did not fit. Rejects when it does not answer in time. */
export async function exchange(
  server: NameServer,
  question: UpstreamQuestion,
  id: number,
  { clock, timeoutMs }: { clock: Clock; timeoutMs: number },
): Promise<DecodedPacket> {
  const query = encodeQuestion(question, id);
  const late = new AbortController();
  const { signal } = late;
  const cancel = clock.schedule(timeoutMs, () => late.abort(new Error(`no answer within ${timeoutMs} ms`)));
  try {
    const answer = await overUdp(server, query, question, id, signal);
    return answer.flag_tc ? await overTcp(server, query, question, id, signal) : answer;
  } finally {
    cancel();
  }
}

function encodeQuestion({ name, type, dnssec, checkingDisabled }: UpstreamQuestion, id: number): Buffer {
  const opt = {
    type: "OPT" as const,
    name: ".",
    udpPayloadSize,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: dnssec ? packet.DNSSEC_OK : 0,
    flag_do: dnssec,
    options: [],
  };
  return packet.encode({
    type: "query",
    id,
    flags: packet.RECURSION_DESIRED | (checkingDisabled ? checkingDisabledFlag : 0),
    questions: [{ name, type: recordType(type) }],
    additionals: [opt],
  });
}

/** The library takes `UNKNOWN_65` too, though its types do not say so. */
function recordType(type: string): RecordType {
  return type as RecordType;
}

function overUdp(
  { address, port }: NameServer,
  query: Buffer,
  question: UpstreamQuestion,
  id: number,
  signal: AbortSignal,
): Promise<DecodedPacket> {
  // A socket for each question: its random port is what a forger has to guess.
  const socket = createSocket(isIP(address) === 6 ? "udp6" : "udp4");
  const answer = new Promise<DecodedPacket>((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    socket.on("error", reject);
    socket.on("message", (message) => {
      const answer = answerTo(message, question, id);
      if (answer) resolve(answer);
    });
    // Connected, so that only this server is heard, and a closed port is known at once.
    socket.once("connect", () => socket.send(query));
    socket.connect(port, address);
  });
  return answer.finally(() => socket.close());
}

function overTcp(
  { address, port }: NameServer,
  query: Buffer,
  question: UpstreamQuestion,
  id: number,
  signal: AbortSignal,
): Promise<DecodedPacket> {
  const socket = connect({ host: address, port });
  const answer = new Promise<DecodedPacket>((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`${address} closed the connection`)));
    let received = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      const answer = answerTo(received.subarray(2, 2 + received.readUInt16BE(0)), question, id);
      if (answer) resolve(answer);
      else reject(new Error(`${address} answered something else`));
    });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(query.length);
    socket.write(Buffer.concat([length, query]));
  });
  return answer.finally(() => socket.destroy());
}

/** The message if it answers the question; undefined when it is somebody else's, or damaged. */
function answerTo(message: Buffer, { name, type }: UpstreamQuestion, id: number): DecodedPacket | undefined {
  try {
    const answer = packet.decode(message);
    const [question] = answer.questions ?? [];
    const isMine = answer.type === "response" && answer.id === id;
    return isMine && question?.name.toLowerCase() === name && question.type === type ? answer : undefined;
  } catch {
    return undefined;
  }
}
