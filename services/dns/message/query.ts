import packet from "dns-packet";

/** A query, taken apart. */
export interface Query {
  /** In lower case, without the last dot. */
  name: string;
  /** Such as `A`; `UNKNOWN_65` where the type has no name here. */
  type: string;
  class: string;
  /** The bytes of the question, as the client wrote it. */
  question: Buffer;
  /** How large an answer over UDP may be; undefined without EDNS. */
  udpSize: number | undefined;
  ednsVersion: number;
  /** Whether signatures are wanted. */
  dnssec: boolean;
  /** Whether options came with it that may differ each time. */
  hasOptions: boolean;
  /** The flags that an answer repeats: opcode, recursion desired, checking disabled. */
  repeatedFlags: number;
}

/** Why a message gets no answer, or one without records. */
export type QueryFault = "ignore" | "FORMERR" | "NOTIMP";

const headerBytes = 12;
const responseFlag = 0x8000;
const opcodeMask = 0x7800;
const repeatedMask = 0x7910;

/** Reads a query; a fault when it is none that can be answered. */
export function parseQuery(message: Buffer): Query | QueryFault {
  if (message.length < headerBytes) return "ignore";
  const flags = message.readUInt16BE(2);
  // Never answered: two servers would talk for ever.
  if (flags & responseFlag) return "ignore";
  if (flags & opcodeMask) return "NOTIMP";
  if (message.readUInt16BE(4) !== 1) return "FORMERR";
  try {
    return taken(message, flags);
  } catch {
    return "FORMERR";
  }
}

function taken(message: Buffer, flags: number): Query | QueryFault {
  const { questions = [], additionals = [] } = packet.decode(message);
  const [question] = questions;
  const end = questionEnd(message);
  if (!question || end === undefined) return "FORMERR";
  const opts = additionals.filter((record) => record.type === "OPT");
  const [opt] = opts;
  if (opts.length > 1) return "FORMERR";
  return {
    name: question.name.toLowerCase().replace(/\.$/, ""),
    type: question.type,
    class: question.class ?? "IN",
    question: message.subarray(headerBytes, end),
    udpSize: opt?.udpPayloadSize,
    ednsVersion: opt?.ednsVersion ?? 0,
    dnssec: opt?.flag_do ?? false,
    hasOptions: (opt?.options.length ?? 0) > 0,
    repeatedFlags: flags & repeatedMask,
  };
}

/** Undefined when the name is compressed or longer than the message. */
function questionEnd(message: Buffer): number | undefined {
  let at = headerBytes;
  for (let length = message[at]; length; length = message[at]) {
    if (length > 63) return undefined;
    at += length + 1;
  }
  const end = at + 5;
  return end <= message.length ? end : undefined;
}
