import { createServer } from "node:net";
import { listen } from "../../../lib/net/listen.ts";

/** Tries whether a port can be listened on, and lets it go again. Rejects with `EADDRINUSE` and the like. */
export async function refusePortInUse(port: number): Promise<void> {
  const server = createServer();
  await listen(server, { port });
  await new Promise((resolve) => server.close(resolve));
}
