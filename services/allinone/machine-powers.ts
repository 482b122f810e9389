import { execFileSync } from "node:child_process";

/** What the machine lets this process do, found by trying. */
export interface MachinePowers {
  /** Network namespaces, devices, routes and nftables rules. */
  kernel: boolean;
}

let known: MachinePowers | undefined;

/** Tries once per process. */
export function machinePowers(): MachinePowers {
  known ??= { kernel: canMakeDevices() && canMakeRules() };
  return known;
}

/** Making a device and taking it away again needs what namespaces, bridges and rules need. */
function canMakeDevices(): boolean {
  const name = `tnprobe${process.pid % 100_000}`;
  try {
    execFileSync("ip", ["link", "add", name, "type", "bridge"], { stdio: "ignore", timeout: 2000 });
    execFileSync("ip", ["link", "del", name], { stdio: "ignore", timeout: 2000 });
    return true;
  } catch {
    return false;
  }
}

function canMakeRules(): boolean {
  const table = `tnprobe${process.pid}`;
  try {
    execFileSync("nft", [`add table inet ${table}; delete table inet ${table}`], { stdio: "ignore", timeout: 2000 });
    return true;
  } catch {
    return false;
  }
}
