import { createServer } from "node:net";

/** Tries whether a port can be listened on, and lets it go again. Rejects with `EADDRINUSE` and the like. */
export function refusePortInUse(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, () => server.close(() => resolve()));
  });
}
