import type { ListenOptions, Server } from "node:net";

/** Opens a server, of whatever protocol; resolves with its port. Rejects with the system's error, such as `EADDRINUSE`. */
export function listen(server: Server, options: ListenOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options, () => {
      server.off("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : (options.port ?? 0));
    });
  });
}

/** Whether `listen` rejected with this because somebody else listens there. */
export function isAddressInUse(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE";
}
