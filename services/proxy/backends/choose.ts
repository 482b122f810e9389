import { randomBytes } from "node:crypto";
import type { ProxyBackend, ServiceTable } from "./backend.ts";
import { createNftablesBackend, type NftablesOptions } from "./nftables/nftables-backend.ts";
import { createUserspaceBackend, type UserspaceOptions } from "./userspace/userspace-backend.ts";

export interface ChooseOptions {
  /** Which backend is wanted; `auto` takes nftables where the node lets it. */
  backend: "auto" | ProxyBackend["name"];
  nftables?: NftablesOptions;
  userspace?: UserspaceOptions;
}

/** A backend, and what kept nftables from being it. */
export interface ChosenBackend {
  backend: ProxyBackend;
  nftablesObstacle?: string;
}

/**
 * Makes the backend that is wanted, or under `auto` the best that the node lets work.
 * @throws Error with the node's own words when nftables is wanted and impossible, or its table is another proxy's.
 */
export async function chooseBackend(options: ChooseOptions): Promise<ChosenBackend> {
  if (options.backend === "userspace") return { backend: createUserspaceBackend(options.userspace) };
  const obstacle = await findNftablesObstacle(options.nftables);
  if (obstacle === undefined) return { backend: await createNftablesBackend(options.nftables) };
  if (options.backend === "nftables") throw new Error(`nftables cannot be used here: ${obstacle}`);
  return { backend: createUserspaceBackend(options.userspace), nftablesObstacle: obstacle };
}

/** Why nftables cannot balance here, in the words of what was tried; undefined when it can. Leaves nothing behind. */
export async function findNftablesObstacle(options: NftablesOptions = {}): Promise<string | undefined> {
  const { table = "typernetes", ...others } = options;
  try {
    const trial = await createNftablesBackend({ ...others, table: `${table}-trial-${randomBytes(4).toString("hex")}` });
    try {
      await trial.apply(trialTable(["240.0.0.2"]));
      await trial.apply(trialTable(["240.0.0.2", "240.0.0.3"]));
    } finally {
      await trial.close();
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Services that nobody asks for: no machine may have such an address. */
function trialTable(ips: string[]): ServiceTable {
  const endpoints = ips.map((ip) => ({ ip, port: 1 }));
  const port = { protocol: "TCP" as const, addresses: ["240.0.0.1"], endpoints };
  return {
    ports: [
      { ...port, id: "trial/plain", port: 1 },
      { ...port, id: "trial/sticky", port: 2, affinitySeconds: 60 },
    ],
  };
}
