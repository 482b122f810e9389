import { systemClock } from "../../../lib/base/clock.ts";
import { createClient } from "../../../lib/client/create-client.ts";
import { connectFromKubeconfig } from "../../../lib/client/kubeconfig.ts";
import { machineAddress } from "../../apiserver/service.ts";
import { findFreePort, publishDns } from "../../dns/service.ts";
import { clusterDnsAddress } from "../cluster-dns.ts";
import type { Ranges } from "../ranges.ts";

const publishMsMax = 20_000;

/** A port of the machine's address that the DNS process can have, now and when it is started again. */
export function freeDnsPort(): Promise<number> {
  return findFreePort(machineAddress());
}

/** Makes the service by which pods reach the DNS process. Prints what went wrong when it cannot be made. */
export async function publishClusterDns(kubeconfig: string, ranges: Ranges, port: number): Promise<void> {
  const transport = await connectFromKubeconfig(kubeconfig);
  const place = { clusterIP: clusterDnsAddress(ranges), address: machineAddress(), port };
  try {
    await publishDns(createClient(transport), place, systemClock, AbortSignal.timeout(publishMsMax));
  } catch (error) {
    console.log(`note: pods cannot look up names: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await transport.close();
  }
}
