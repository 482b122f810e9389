import { systemClock } from "../../../lib/base/clock.ts";
import { createClient } from "../../../lib/client/create-client.ts";
import { connectFromKubeconfig } from "../../../lib/client/kubeconfig.ts";
import type { Transport } from "../../../lib/grpc/transport.ts";
import { findFreePort, publishDns } from "../../dns/service.ts";
import { clusterDnsAddress } from "../cluster-dns.ts";
import type { Ranges } from "../ranges.ts";

const publishMsMax = 60_000;

/** Ports of the machine's address that the DNS process can have, now and when it is started again. */
export async function freeDnsPorts(address: string): Promise<{ dnsPort: number; dnsHttpPort: number }> {
  const dnsPort = await findFreePort(address);
  for (;;) {
    const dnsHttpPort = await findFreePort(address);
    if (dnsHttpPort !== dnsPort) return { dnsPort, dnsHttpPort };
  }
}

/** Where the DNS process is. */
interface DnsPlace {
  ranges: Ranges;
  address: string;
  dnsPort: number;
  dnsHttpPort: number;
}

/** Makes the service by which pods reach the DNS process. Prints what went wrong when it cannot be made. */
export async function publishClusterDns(
  kubeconfig: string,
  { ranges, address, dnsPort: port, dnsHttpPort: httpPort }: DnsPlace,
): Promise<void> {
  const signal = AbortSignal.timeout(publishMsMax);
  try {
    const transport = await connected(kubeconfig, signal);
    const place = { clusterIP: clusterDnsAddress(ranges), address, port, httpPort };
    await publishDns(createClient(transport), place, systemClock, signal).finally(() => transport.close());
  } catch (error) {
    console.log(`note: pods cannot look up names: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The apiserver answers a little before it writes the kubeconfig. */
async function connected(kubeconfig: string, signal: AbortSignal): Promise<Transport> {
  for (;;) {
    try {
      return await connectFromKubeconfig(kubeconfig);
    } catch (error) {
      if (signal.aborted) throw error;
      await systemClock.sleep(50);
    }
  }
}
