import type { Plugin } from "../framework/plugin.ts";
import { resolvable } from "../framework/refusal.ts";

const anyAddress = "0.0.0.0";
const refusal = resolvable("node(s) didn't have free ports for the requested pod ports");

/** Keeps pods from nodes on which one of their host ports is taken. */
export const nodePorts: Plugin = {
  name: "NodePorts",
  wakeOn: ["NodeAdded", "PodRemoved"],
  filter(pod, snapshot) {
    if (pod.hostPorts.length === 0) return undefined;
    return (node) => {
      const used = snapshot.entry(node).hostPorts;
      const taken = pod.hostPorts.some(({ protocol, port, ip }) => {
        const addresses = used.get(`${protocol}/${port}`);
        if (!addresses) return false;
        return ip === anyAddress ? addresses.size > 0 : addresses.has(ip) || addresses.has(anyAddress);
      });
      return taken ? refusal : undefined;
    };
  },
};
