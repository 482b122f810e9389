import { Lru } from "../../lib/base/lru.ts";
import { parseQuery, type Query, type QueryFault } from "./message/query.ts";
import { Reply, type ReplyContent } from "./message/reply.ts";
import type { Forwarder } from "./upstream/forwarder.ts";
import type { ClusterZone } from "./zone/cluster-zone.ts";
import type { Freshness, ZoneAnswer } from "./zone/record.ts";

export type Transport = "udp" | "tcp";

export interface ResponderSettings {
  /** Raised with each query. */
  counts: Counts;
  zone: ClusterZone;
  holds: (freshness: Freshness) => boolean;
  forwarder: Forwarder;
  random: () => number;
  udpSizeMax: number;
}

/** How many different queries have their answers as bytes. */
const preparedMax = 8192;
/** Longer queries are too seldom the same. */
const preparedQueryBytesMax = 160;
const tcpSizeMax = 0xffff;
const plainUdpSize = 512;
/** Aliases that lead to aliases. */
const aliasesMax = 8;

interface Prepared {
  reply: Reply;
  freshness: Freshness;
}

/** What has been answered so far. */
export interface Counts {
  queries: number;
  forwarded: number;
  prepared: number;
}

/** Answers messages. What is asked about the cluster is answered at once, and mostly with bytes that are there already. */
export class Responder {
  readonly #counts: Counts;
  readonly #settings: ResponderSettings;
  readonly #prepared = {
    udp: new Lru<string, Prepared>(preparedMax),
    tcp: new Lru<string, Prepared>(preparedMax >> 3),
  };

  constructor(settings: ResponderSettings) {
    this.#settings = settings;
    this.#counts = settings.counts;
  }

  /** The answer to a message; undefined when it deserves none. */
  respond(message: Buffer, transport: Transport): Buffer | undefined | Promise<Buffer> {
    this.#counts.queries++;
    if (message.length < 12) return undefined;
    // All but the number: the same bytes get the same answer.
    const key = message.length <= preparedQueryBytesMax ? message.toString("latin1", 2) : undefined;
    const known = key === undefined ? undefined : this.#prepared[transport].get(key);
    if (known && this.#settings.holds(known.freshness)) {
      this.#counts.prepared++;
      return known.reply.write(message.readUInt16BE(0), this.#settings.random());
    }
    return this.#answer(message, transport, key);
  }

  /** Says no. */
  refuse(message: Buffer): Buffer | undefined {
    const query = parseQuery(message);
    return query === "ignore" ? undefined : faultReply(message, typeof query === "string" ? query : "REFUSED");
  }

  #answer(message: Buffer, transport: Transport, key: string | undefined): Buffer | undefined | Promise<Buffer> {
    const query = parseQuery(message);
    if (query === "ignore") return undefined;
    if (typeof query === "string") return faultReply(message, query);
    const id = message.readUInt16BE(0);
    const write = (content: ReplyContent) => this.#reply(content, query, transport).write(id, this.#settings.random());
    if (query.ednsVersion > 0) return write(empty("BADVERS"));
    // Chaos and the like, and whole zones, are nobody's business.
    if (query.class !== "IN" || query.type === "AXFR" || query.type === "IXFR") return write(empty("REFUSED"));
    const found = this.#settings.zone.lookup(query.name, query.type);
    if (!found) {
      const content = this.#forward(query, query.name);
      return content instanceof Promise ? content.then(write) : write(content);
    }
    const alias = aliasIn(found, query.type);
    if (alias) return this.#follow(found, alias, query).then(write);
    const reply = this.#reply({ ...found, authoritative: true }, query, transport);
    if (key !== undefined && !query.hasOptions)
      this.#prepared[transport].set(key, { reply, freshness: found.freshness });
    return reply.write(id, this.#settings.random());
  }

  #reply(content: ReplyContent, query: Query, transport: Transport): Reply {
    const { udpSizeMax } = this.#settings;
    const { question, repeatedFlags, udpSize, dnssec } = query;
    const ofUdp = udpSize === undefined ? plainUdpSize : Math.min(Math.max(udpSize, plainUdpSize), udpSizeMax);
    const sizeMax = transport === "tcp" ? tcpSizeMax : ofUdp;
    return new Reply(content, {
      question,
      repeatedFlags,
      sizeMax,
      ...(udpSize !== undefined && { edns: { udpSizeMax, dnssec } }),
    });
  }

  #forward(query: Query, name: string): ReplyContent | Promise<ReplyContent> {
    this.#counts.forwarded++;
    const { type, class: ofClass, dnssec, repeatedFlags } = query;
    const checkingDisabled = (repeatedFlags & 0x10) !== 0;
    return this.#settings.forwarder.resolve({ name, type, class: ofClass, dnssec, checkingDisabled });
  }

  /** Goes after an alias, inside the cluster or outside. The alias itself is answered even when what it leads to is not found. */
  async #follow(first: ZoneAnswer, alias: string, query: Query): Promise<ReplyContent> {
    const answers = [...first.answers];
    for (let target: string | undefined = alias, count = 0; target !== undefined && count < aliasesMax; count++) {
      const found = this.#settings.zone.lookup(target, query.type);
      if (!found) {
        const { rcode, authoritative: _, ...outside } = await this.#forward(query, target);
        // Who has the alias knows where to go; an error would hide that.
        const isAnswer = rcode === "NOERROR" || rcode === "NXDOMAIN";
        return {
          ...outside,
          answers: [...answers, ...outside.answers],
          rcode: isAnswer ? rcode : "NOERROR",
          authoritative: true,
        };
      }
      answers.push(...found.answers);
      target = aliasIn(found, query.type);
      if (target === undefined) return { ...found, answers, authoritative: true };
    }
    return { ...empty("SERVFAIL"), answers };
  }
}

/** Where the answer leads when something else was asked for. */
function aliasIn({ answers }: ZoneAnswer, type: string): string | undefined {
  const [first] = answers;
  return first?.type === "CNAME" && type !== "CNAME" && type !== "ANY" ? first.data : undefined;
}

function empty(rcode: string): ReplyContent {
  return { rcode, authoritative: false, answers: [], authorities: [], additionals: [] };
}

/** What can be said without understanding the question. */
function faultReply(message: Buffer, rcode: Exclude<QueryFault, "ignore"> | "REFUSED"): Buffer {
  const repeatedFlags = message.readUInt16BE(2) & 0x7910;
  return new Reply(empty(rcode), { repeatedFlags, sizeMax: plainUdpSize }).write(message.readUInt16BE(0), 0);
}
