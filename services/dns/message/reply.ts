import packet from "dns-packet";
import type { DnsRecord } from "../zone/record.ts";

/** What is said, before it is bytes. */
export interface ReplyContent {
  rcode: string;
  /** Whether this server has it at first hand. */
  authoritative: boolean;
  answers: readonly DnsRecord[];
  authorities: readonly DnsRecord[];
  additionals: readonly DnsRecord[];
}

/** To what it is said, and how. */
export interface ReplyFrame {
  /** The question's bytes; absent when it could not be read. */
  question?: Buffer;
  repeatedFlags: number;
  /** As many bytes as the client takes. */
  sizeMax: number;
  /** What to say of EDNS; absent when the client did not speak of it. */
  edns?: { udpSizeMax: number; dnssec: boolean };
}

const headerBytes = 12;
const flagsOfAnswer = 0x8080;
const authoritativeFlag = 0x0400;
const truncatedFlag = 0x0200;
/** Where the question's name begins. */
const pointerToQuestion = Buffer.from([0xc0, headerBytes]);
const rcodes: Readonly<Record<string, number>> = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
};

/** An answer as bytes, ready to be sent again and again: only its number, and the order of equal records, change. */
export class Reply {
  readonly #head: Buffer;
  readonly #answers: readonly Buffer[];
  readonly #tail: Buffer;
  readonly #sizeMax: number;
  readonly #size: number;
  readonly #rotates: boolean;

  constructor(content: ReplyContent, frame: ReplyFrame) {
    const name = questionName(frame.question);
    const bytes = (records: readonly DnsRecord[]) => records.map((record) => recordBytes(record, name));
    const authorities = bytes(content.authorities);
    const opt = frame.edns ? [optRecord(frame.edns, content.rcode)] : [];
    this.#answers = bytes(content.answers);
    this.#rotates = this.#answers.length > 1 && content.answers.every(({ type }) => type !== "CNAME");
    this.#sizeMax = frame.sizeMax;
    const fixed = headerBytes + (frame.question?.length ?? 0) + total(this.#answers) + total(authorities) + total(opt);
    // Addresses that come along unasked are the first to stay away.
    const additionals = fitting(bytes(content.additionals), frame.sizeMax - fixed);
    this.#size = fixed + total(additionals);
    this.#head = Buffer.concat([Buffer.alloc(headerBytes), ...(frame.question ? [frame.question] : [])]);
    this.#tail = Buffer.concat([...authorities, ...additionals, ...opt]);
    const authority = content.authoritative ? authoritativeFlag : 0;
    this.#head.writeUInt16BE(flagsOfAnswer | frame.repeatedFlags | authority | (rcodeOf(content.rcode) & 15), 2);
    this.#head.writeUInt16BE(frame.question ? 1 : 0, 4);
    this.#head.writeUInt16BE(this.#answers.length, 6);
    this.#head.writeUInt16BE(authorities.length, 8);
    this.#head.writeUInt16BE(additionals.length + opt.length, 10);
  }

  /** The message with the number of the query it answers. `random` in [0, 1) chooses which of several records comes first. */
  write(id: number, random: number): Buffer {
    const start = this.#rotates ? Math.floor(random * this.#answers.length) : 0;
    return this.#size <= this.#sizeMax ? this.#whole(id, start) : this.#truncated(id, start);
  }

  #whole(id: number, start: number): Buffer {
    const message = Buffer.allocUnsafe(this.#size);
    let at = copyInto(message, this.#head, 0);
    const count = this.#answers.length;
    for (let index = 0; index < count; index++) {
      const bytes = this.#answers[(start + index) % count];
      if (bytes) at = copyInto(message, bytes, at);
    }
    copyInto(message, this.#tail, at);
    message.writeUInt16BE(id, 0);
    return message;
  }

  #truncated(id: number, start: number): Buffer {
    const rotated = [...this.#answers.slice(start), ...this.#answers.slice(0, start)];
    const kept = fitting(rotated, this.#sizeMax - this.#head.length - this.#tail.length);
    const message = Buffer.concat([this.#head, ...kept, this.#tail]);
    message.writeUInt16BE(id, 0);
    message.writeUInt16BE(message.readUInt16BE(2) | truncatedFlag, 2);
    message.writeUInt16BE(kept.length, 6);
    return message;
  }
}

function copyInto(target: Buffer, source: Buffer, at: number): number {
  target.set(source, at);
  return at + source.length;
}

function total(records: readonly Buffer[]): number {
  return records.reduce((sum, { length }) => sum + length, 0);
}

/** The first ones that have room. */
function fitting(records: readonly Buffer[], room: number): Buffer[] {
  let left = room;
  const end = records.findIndex(({ length }) => {
    left -= length;
    return left < 0;
  });
  return records.slice(0, end < 0 ? records.length : end);
}

/** The record's bytes; its owner is a pointer where it is the name that was asked for. */
function recordBytes(record: DnsRecord, questionName: string | undefined): Buffer {
  const bytes = Buffer.from(packet.encode({ answers: [record] }).subarray(headerBytes));
  if (questionName === undefined || record.name.toLowerCase() !== questionName) return bytes;
  return Buffer.concat([pointerToQuestion, bytes.subarray(nameEnd(bytes))]);
}

function nameEnd(bytes: Buffer): number {
  let at = 0;
  for (let length = bytes[at]; length; length = bytes[at]) at += length + 1;
  return at + 1;
}

function questionName(question: Buffer | undefined): string | undefined {
  if (!question) return undefined;
  const labels: string[] = [];
  let at = 0;
  for (let length = question[at]; length; length = question[at]) {
    labels.push(question.toString("utf8", at + 1, at + 1 + length));
    at += length + 1;
  }
  return labels.join(".").toLowerCase();
}

function optRecord({ udpSizeMax, dnssec }: { udpSizeMax: number; dnssec: boolean }, rcode: string): Buffer {
  const bytes = Buffer.alloc(11);
  bytes.writeUInt16BE(41, 1);
  bytes.writeUInt16BE(udpSizeMax, 3);
  bytes.writeUInt8(rcodeOf(rcode) >> 4, 5);
  bytes.writeUInt16BE(dnssec ? 0x8000 : 0, 7);
  return bytes;
}

/** The name of a response code. */
export function rcodeName(code: number): string {
  return Object.keys(rcodes).find((name) => rcodes[name] === code) ?? `RCODE_${code}`;
}

function rcodeOf(rcode: string): number {
  return rcodes[rcode] ?? Number(/^RCODE_(\d+)$/.exec(rcode)?.[1] ?? rcodes.SERVFAIL);
}
