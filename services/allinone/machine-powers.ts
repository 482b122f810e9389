import { bridgeNetworkProblem } from "../kubelet/network/network-ability.ts";

/** What the machine lets this process do, found by trying. */
export interface MachinePowers {
  /** Network namespaces, devices, routes and nftables rules. */
  kernel: boolean;
  /** What went wrong when they were tried. */
  problem?: string;
}

let known: Promise<MachinePowers> | undefined;

/** Tries once per process. */
export function machinePowers(): Promise<MachinePowers> {
  known ??= bridgeNetworkProblem().then((problem) =>
    problem === undefined ? { kernel: true } : { kernel: false, problem },
  );
  return known;
}
