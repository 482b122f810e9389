import { readFileSync, statSync } from "node:fs";
import type { Clock } from "../../../lib/base/clock.ts";
import { type DnsOptions, type NameServer, parseNameServer } from "../options.ts";

/** As many as resolvers take. */
const serversMax = 3;
const lookAgainMs = 5_000;

type Options = Pick<DnsOptions, "upstreams" | "resolvConf" | "stubDomains">;

/** Whom to ask about a name: the servers of its longest stub domain, else those that were named, else the machine's. */
export class UpstreamServers {
  readonly #options: Options;
  readonly #clock: Clock;
  readonly #isOwn: (server: NameServer) => boolean;
  #machine: readonly NameServer[] = [];
  #version = "";
  #lookedMs = Number.NEGATIVE_INFINITY;

  /** `isOwn` tells this server's own addresses, which are never asked. */
  constructor(options: Options, clock: Clock, isOwn: (server: NameServer) => boolean) {
    this.#options = options;
    this.#clock = clock;
    this.#isOwn = isOwn;
  }

  serversFor(name: string): readonly NameServer[] {
    const { stubDomains, upstreams } = this.#options;
    const domain = Object.keys(stubDomains)
      .filter((stub) => name === stub || name.endsWith(`.${stub}`))
      .sort((a, b) => b.length - a.length)[0];
    const servers = domain === undefined ? (upstreams ?? this.#machineServers()) : (stubDomains[domain] ?? []);
    return servers.filter((server) => !this.#isOwn(server));
  }

  /** Those of the machine's file, read again when it has changed. */
  #machineServers(): readonly NameServer[] {
    const nowMs = this.#clock.monotonic();
    if (nowMs - this.#lookedMs < lookAgainMs) return this.#machine;
    this.#lookedMs = nowMs;
    const version = versionOf(this.#options.resolvConf);
    if (version === this.#version) return this.#machine;
    this.#version = version;
    this.#machine = nameServersOf(textOf(this.#options.resolvConf));
    return this.#machine;
  }
}

/** The servers that the text of a `resolv.conf` names. */
export function nameServersOf(text: string): NameServer[] {
  const addresses = [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].flatMap(([, address]) => address ?? []);
  // A zone index says which device leads to a link-local address; sockets take it as it is.
  return addresses.slice(0, serversMax).map((address) => ({ address, port: 53 }));
}

function versionOf(file: string): string {
  try {
    const { mtimeMs, ino, size } = statSync(file);
    return `${mtimeMs} ${ino} ${size}`;
  } catch {
    return "absent";
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** Reads `domain=address[:port]`, several of one domain too. @throws Error when one is not of that form. */
export function parseStubDomains(texts: readonly string[]): Record<string, NameServer[]> {
  const domains: Record<string, NameServer[]> = {};
  for (const text of texts) {
    const [domain, server] = text.split("=");
    if (!domain || !server) throw new Error(`"${text}" is no stub domain: domain=address[:port] is wanted`);
    const name = domain.toLowerCase().replace(/\.$/, "");
    domains[name] = [...(domains[name] ?? []), parseNameServer(server)];
  }
  return domains;
}
