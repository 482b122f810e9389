import { claimTable } from "../backends/nftables/namespace-claim.ts";
import { createToolRunner, type RunTool, ToolError } from "../backends/nftables/run-tool.ts";
import { emptyPolicyTable, type PolicyTable, planPolicyChange } from "./policy-table.ts";

/** Which table is programmed, and where. */
export interface PolicyProgrammerOptions {
  /** The table's name; programmers in one network need different ones. */
  table: string;
  /** Network namespace to program, a name under `/run/netns`; the process's own network when absent. */
  netns?: string;
  /** See `PolicyProgrammer`; those of the namespace's default routes when absent. */
  hostAddresses?: string[];
  /** No call of a tool takes longer, in milliseconds; 60,000 when absent. */
  deadlineMs?: number;
}

/** Makes a node's nftables table equal to what policies ask for. Calls must not overlap. */
export interface PolicyProgrammer {
  /** Addresses by which the machine, where the kubelet probes from, reaches the pods of a node in a network namespace. */
  readonly hostAddresses: string[];
  /** One transaction, with only what differs. @throws Error when the node refuses; the state before is then unchanged. */
  apply(table: PolicyTable): Promise<void>;
  /** Takes the table away. Idempotent. */
  close(): Promise<void>;
}

/** @throws Error when another process programs the same table. */
export async function createPolicyProgrammer(options: PolicyProgrammerOptions): Promise<PolicyProgrammer> {
  const { table, netns, deadlineMs = 60_000 } = options;
  if (!/^[A-Za-z][\w-]*$/.test(table)) throw new Error(`${JSON.stringify(table)} is not the name of an nftables table`);
  const run = createToolRunner(netns, deadlineMs);
  const routers = async () =>
    netns === undefined
      ? []
      : (await Promise.all(["-4", "-6"].map((family) => run("ip", [family, "route", "show", "default"])))).flatMap(
          routersIn,
        );
  const hostAddresses = options.hostAddresses ?? (await routers());
  return new NftablesProgrammer(table, run, hostAddresses, await claimTable(table, netns));
}

function routersIn(routes: string): string[] {
  return [...new Set([...routes.matchAll(/ via ([\da-f.:]+)/g)].map((match) => match[1] ?? ""))];
}

class NftablesProgrammer implements PolicyProgrammer {
  readonly hostAddresses: string[];
  readonly #table: string;
  readonly #run: RunTool;
  readonly #release: () => Promise<void>;
  /** Undefined while unknown: before the first apply, and after a transaction that failed. */
  #programmed: PolicyTable | undefined;
  #closing: Promise<void> | undefined;

  constructor(table: string, run: RunTool, hostAddresses: string[], release: () => Promise<void>) {
    this.#table = table;
    this.#run = run;
    this.hostAddresses = hostAddresses;
    this.#release = release;
  }

  async apply(table: PolicyTable): Promise<void> {
    if (this.#closing) throw new Error("the policy programmer is closed");
    try {
      await this.#send(table);
    } catch (error) {
      if (!(error instanceof ToolError) || this.#programmed === undefined) throw error;
      // Someone else may have changed the table: all of it is made anew.
      this.#programmed = undefined;
      await this.#send(table);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #send(table: PolicyTable): Promise<void> {
    const commands = planPolicyChange(this.#table, this.#programmed, table);
    if (commands !== "") await this.#run("nft", ["-f", "-"], commands);
    else if (table.chains.size > 0) await this.#run("nft", ["-t", "list", "chain", "inet", this.#table, "forward"]);
    this.#programmed = table;
  }

  async #close(): Promise<void> {
    try {
      if (this.#programmed?.chains.size !== 0)
        await this.#run("nft", ["-f", "-"], planPolicyChange(this.#table, undefined, emptyPolicyTable()));
    } catch (error) {
      // The network namespace went before, and took the table with it.
      if (!(error instanceof ToolError && error.message.includes("No such file"))) throw error;
    } finally {
      await this.#release();
    }
  }
}
