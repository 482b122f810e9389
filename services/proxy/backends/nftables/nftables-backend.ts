import { parseRange } from "../../../../lib/api/ip-address.ts";
import type { ProxyBackend, ServiceTable } from "../backend.ts";
import { NewWarnings } from "../new-warnings.ts";
import {
  forgetCommands,
  isStillValid,
  listMapNames,
  type RememberedClient,
  readRememberedClients,
  rememberCommands,
} from "./affinity.ts";
import { type Frontend, frontendsOf } from "./frontend.ts";
import { routeLoopback } from "./loopback-routing.ts";
import { claimTable } from "./namespace-claim.ts";
import { type Plan, Programming, planChange } from "./plan.ts";
import { affinityMaps, skeleton } from "./ruleset.ts";
import { createToolRunner, type RunTool, ToolError } from "./run-tool.ts";
import { flushStaleUdpFlows } from "./udp-flows.ts";

export interface NftablesOptions {
  /** The table's name, `typernetes` when absent; proxies in one network need different ones. */
  table?: string;
  /** Ranges of pods, whose traffic to external addresses is the cluster's own; none when absent. */
  podRanges?: readonly string[];
  /** Network namespace to program, a name under `/run/netns`; the process's own network when absent. */
  netns?: string;
  /** No call of a tool takes longer, in milliseconds; 60,000 when absent. */
  deadlineMs?: number;
  /** Hears, once, what does not stop the work: conflicting addresses, UDP flows that could not be flushed. */
  warn?: (message: string) => void;
}

/**
 * Programs services into one nftables table. The first `apply` replaces whatever table of that name a predecessor left;
 * later ones send only what changed.
 * @throws Error when another proxy has claimed the table.
 */
export async function createNftablesBackend(options: NftablesOptions = {}): Promise<ProxyBackend> {
  const { table = "typernetes", netns, deadlineMs = 60_000, warn, podRanges = [] } = options;
  const range = podRanges.find((text) => !parseRange(text));
  if (range !== undefined) throw new Error(`${JSON.stringify(range)} is not a range of addresses`);
  if (!/^[A-Za-z][\w-]*$/.test(table)) throw new Error(`${JSON.stringify(table)} is not the name of an nftables table`);
  const run = createToolRunner(netns, deadlineMs);
  return new NftablesBackend(table, podRanges, run, new NewWarnings(warn), await claimTable(table, netns));
}

class NftablesBackend implements ProxyBackend {
  readonly name = "nftables";
  readonly #table: string;
  readonly #podRanges: readonly string[];
  readonly #run: RunTool;
  readonly #warnings: NewWarnings;
  readonly #release: () => Promise<void>;
  /** Undefined while unknown: before the first apply, and after a transaction whose end was not seen. */
  #programming: Programming | undefined;
  #unrouteLoopback: (() => Promise<void>) | undefined;
  #last: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(
    table: string,
    podRanges: readonly string[],
    run: RunTool,
    warnings: NewWarnings,
    release: () => Promise<void>,
  ) {
    this.#table = table;
    this.#podRanges = podRanges;
    this.#run = run;
    this.#warnings = warnings;
    this.#release = release;
  }

  async apply(table: ServiceTable): Promise<void> {
    if (this.#closing) throw new Error("the proxy backend is closed");
    return this.#afterOthers(() => this.#apply(table));
  }

  close(): Promise<void> {
    this.#closing ??= this.#afterOthers(() => this.#close());
    return this.#closing;
  }

  #afterOthers(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }

  async #apply(table: ServiceTable): Promise<void> {
    this.#warnings.nextRound();
    const frontends = frontendsOf(table, this.#warnings.warn);
    const plan = await this.#program(frontends);
    // Not before the table is there, by which proxies that end know of this one.
    if (table.ports.some((entry) => entry.nodePort !== undefined))
      this.#unrouteLoopback ??= await this.#routeLoopback();
    await this.#flushUdp(frontends, plan);
  }

  /** Sends the difference; where the kernel's table is not what was remembered, all of it. */
  async #program(frontends: Map<string, Frontend>): Promise<Plan> {
    if (this.#programming) {
      try {
        return await this.#sendDifference(this.#programming, frontends);
      } catch (error) {
        if (!(error instanceof ToolError)) throw error;
        this.#warnings.warn(`an incremental change was refused, programming everything anew: ${error.message}`);
      }
    }
    return this.#sendAll(frontends);
  }

  async #sendDifference(programming: Programming, frontends: Map<string, Frontend>): Promise<Plan> {
    const plan = planChange(this.#table, programming, frontends);
    if (plan.commands === "") {
      await this.#checkTable();
      return plan;
    }
    const bereft = [...plan.shrunk].flatMap((key) => frontends.get(key) ?? []);
    const sticky = bereft.filter((frontend) => frontend.affinitySeconds !== undefined && frontend.endpoints.length > 0);
    const forget = await this.#forgetStaleClients(sticky);
    await this.#nft(plan.commands + forget);
    plan.commit();
    // Others may have been remembered between the reading and the transaction.
    await this.#nft(await this.#forgetStaleClients(sticky));
    return plan;
  }

  async #sendAll(frontends: Map<string, Frontend>): Promise<Plan> {
    const programming = new Programming();
    const plan = planChange(this.#table, programming, frontends);
    const clients = await this.#readKeptClients(frontends);
    await this.#nft(skeleton(this.#table, this.#podRanges) + plan.commands + rememberCommands(this.#table, clients));
    plan.commit();
    // Whatever flows a predecessor or an unknown state left are looked through.
    for (const key of this.#programming?.frontends.keys() ?? []) plan.shrunk.add(key);
    for (const key of frontends.keys()) plan.shrunk.add(key);
    this.#programming = programming;
    return plan;
  }

  /** The remembered clients of the table that is there that the new one may keep. */
  async #readKeptClients(frontends: Map<string, Frontend>): Promise<RememberedClient[]> {
    const sticky = [...frontends.values()].filter((frontend) => frontend.affinitySeconds !== undefined);
    if (sticky.length === 0) return [];
    const names = await listMapNames(this.#run, this.#table);
    const known = sticky.filter((frontend) => affinityMaps(frontend).every(({ name }) => names.has(name)));
    return (await readRememberedClients(this.#run, this.#table, known)).filter(isStillValid);
  }

  async #forgetStaleClients(frontends: Frontend[]): Promise<string> {
    const clients = await readRememberedClients(this.#run, this.#table, frontends);
    const stale = clients.filter((client) => !isStillValid(client));
    return forgetCommands(this.#table, stale);
  }

  /** Fails when someone took the table away. */
  async #checkTable(): Promise<void> {
    await this.#run("nft", ["-t", "list", "chain", "inet", this.#table, "balance"]);
  }

  /** One transaction. Where its end is not seen, what the kernel holds is unknown from then on. */
  async #nft(commands: string): Promise<void> {
    if (commands === "") return;
    try {
      await this.#run("nft", ["-f", "-"], commands);
    } catch (error) {
      if (error instanceof ToolError && !error.finished) this.#programming = undefined;
      throw error;
    }
  }

  async #routeLoopback(): Promise<() => Promise<void>> {
    try {
      return await routeLoopback(this.#run);
    } catch (error) {
      this.#warnings.warn(`node ports do not answer on 127.0.0.1: ${messageOf(error)}`);
      return async () => {};
    }
  }

  async #flushUdp(frontends: Map<string, Frontend>, { shrunk, opened }: Plan): Promise<void> {
    const isUdp = (key: string) => key.includes(" udp . ");
    const changed = { shrunk: new Set([...shrunk].filter(isUdp)), opened: new Set([...opened].filter(isUdp)) };
    if (changed.shrunk.size + changed.opened.size === 0) return;
    try {
      await flushStaleUdpFlows(this.#run, frontends, changed);
    } catch (error) {
      this.#warnings.warn(`UDP flows may go on to endpoints that are gone: ${messageOf(error)}`);
    }
  }

  async #close(): Promise<void> {
    try {
      await this.#run("nft", ["-f", "-"], `add table inet ${this.#table}\ndelete table inet ${this.#table}\n`);
      await this.#unrouteLoopback?.();
    } catch (error) {
      // The network namespace went before, and took the table with it.
      if (!(error instanceof ToolError && error.message.includes("No such file"))) throw error;
    } finally {
      await this.#release();
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
