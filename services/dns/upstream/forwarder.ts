import { randomInt } from "node:crypto";
import type { DecodedPacket } from "dns-packet";
import type { Clock } from "../../../lib/base/clock.ts";
import { Lru } from "../../../lib/base/lru.ts";
import { type ReplyContent, rcodeName } from "../message/reply.ts";
import type { NameServer } from "../options.ts";
import type { DnsRecord } from "../zone/record.ts";
import { exchange, type UpstreamQuestion } from "./exchange.ts";
import type { UpstreamServers } from "./upstream-servers.ts";

export interface ForwarderSettings {
  servers: UpstreamServers;
  clock: Clock;
  timeoutMs: number;
}

const attemptsMax = 3;
const inFlightMax = 1000;
const rememberedMax = 4096;
/** Neither what is there nor what is not is remembered for longer. */
const rememberedSecondsMax = 30;
/** A server that did not answer is asked after the others for this long. */
const restMs = 10_000;

interface Remembered {
  content: ReplyContent;
  atMs: number;
  untilMs: number;
}

/**
 * Asks other servers, and remembers their answers, also that there is nothing. Who asks what is being asked already waits
 * for the same answer: so a server that sends questions back here gets no further ones.
 */
export class Forwarder {
  readonly #settings: ForwarderSettings;
  readonly #remembered = new Lru<string, Remembered>(rememberedMax);
  readonly #inFlight = new Map<string, Promise<ReplyContent>>();
  readonly #restingUntil = new Map<string, number>();

  constructor(settings: ForwarderSettings) {
    this.#settings = settings;
  }

  /** The answer, at once where it is known. Never rejects: SERVFAIL when nobody answers, REFUSED when there is nobody to ask. */
  resolve(question: UpstreamQuestion): ReplyContent | Promise<ReplyContent> {
    const key = `${question.name} ${question.type} ${question.class} ${question.dnssec} ${question.checkingDisabled}`;
    const remembered = this.#recall(key);
    if (remembered) return remembered;
    const asked = this.#inFlight.get(key);
    if (asked) return asked;
    if (this.#inFlight.size >= inFlightMax) return failure("SERVFAIL");
    const servers = this.#settings.servers.serversFor(question.name);
    if (servers.length === 0) return failure("REFUSED");
    const answer = this.#ask(servers, question, key).finally(() => this.#inFlight.delete(key));
    this.#inFlight.set(key, answer);
    return answer;
  }

  async #ask(servers: readonly NameServer[], question: UpstreamQuestion, key: string): Promise<ReplyContent> {
    let last: ReplyContent = failure("SERVFAIL");
    for (const server of this.#attempts(servers)) {
      const answer = await this.#askOne(server, question);
      if (!answer) continue;
      last = contentOf(answer);
      if (last.rcode === "SERVFAIL" || last.rcode === "REFUSED") continue;
      this.#remember(key, last);
      return last;
    }
    return last;
  }

  async #askOne(server: NameServer, question: UpstreamQuestion): Promise<DecodedPacket | undefined> {
    const { clock } = this.#settings;
    try {
      const answer = await exchange(server, question, randomInt(0x10000), this.#settings);
      this.#restingUntil.delete(keyOf(server));
      return answer;
    } catch {
      this.#restingUntil.set(keyOf(server), clock.monotonic() + restMs);
      return undefined;
    }
  }

  /** A single server is asked twice, as messages get lost; those that did not answer lately come last. */
  #attempts(servers: readonly NameServer[]): readonly NameServer[] {
    const nowMs = this.#settings.clock.monotonic();
    const rests = (server: NameServer) => (this.#restingUntil.get(keyOf(server)) ?? 0) > nowMs;
    const awake = servers.filter((server) => !rests(server));
    // Where all are silent, a client need not wait for each of them again.
    if (awake.length === 0) return servers.slice(0, 1);
    return [...awake, ...servers.filter(rests), ...awake].slice(0, Math.max(2, Math.min(servers.length, attemptsMax)));
  }

  #recall(key: string): ReplyContent | undefined {
    const remembered = this.#remembered.get(key);
    if (!remembered) return undefined;
    const nowMs = this.#settings.clock.monotonic();
    if (nowMs >= remembered.untilMs) {
      this.#remembered.delete(key);
      return undefined;
    }
    const age = Math.floor((nowMs - remembered.atMs) / 1000);
    return age === 0 ? remembered.content : aged(remembered.content, age);
  }

  #remember(key: string, content: ReplyContent): void {
    const seconds = Math.min(rememberedSecondsMax, secondsToRemember(content));
    if (seconds <= 0) return;
    const atMs = this.#settings.clock.monotonic();
    this.#remembered.set(key, { content, atMs, untilMs: atMs + seconds * 1000 });
  }
}

function contentOf(packet: DecodedPacket): ReplyContent {
  const { answers = [], authorities = [], additionals = [] } = packet;
  const isRecord = ({ type }: DnsRecord) => type !== "OPT";
  return {
    rcode: rcodeName((packet.flags ?? 0) & 15),
    authoritative: false,
    answers: answers.filter(isRecord),
    authorities: authorities.filter(isRecord),
    additionals: additionals.filter(isRecord),
  };
}

function failure(rcode: string): ReplyContent {
  return { rcode, authoritative: false, answers: [], authorities: [], additionals: [] };
}

/** By the answers; that there is nothing, by the SOA that says for how long. */
function secondsToRemember({ rcode, answers, authorities }: ReplyContent): number {
  if (rcode !== "NOERROR" && rcode !== "NXDOMAIN") return 0;
  const ttls = answers.map(ttlOf);
  if (ttls.length > 0 && rcode === "NOERROR") return Math.min(...ttls);
  const soa = authorities.find((record) => record.type === "SOA");
  return soa?.type === "SOA" ? Math.min(ttlOf(soa), soa.data.minimum ?? 0, ...ttls) : 0;
}

function aged(content: ReplyContent, seconds: number): ReplyContent {
  const age = (records: readonly DnsRecord[]) =>
    records.map((record) => ({ ...record, ttl: Math.max(0, ttlOf(record) - seconds) }));
  const { answers, authorities, additionals } = content;
  return { ...content, answers: age(answers), authorities: age(authorities), additionals: age(additionals) };
}

function ttlOf(record: DnsRecord): number {
  return "ttl" in record ? (record.ttl ?? 0) : 0;
}

function keyOf({ address, port }: NameServer): string {
  return `${address} ${port}`;
}
