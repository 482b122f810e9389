import { stat } from "node:fs/promises";
import { createServer } from "node:net";

/**
 * Claims `table` in a network namespace for this process until the returned function is called or the process ends.
 * @throws Error when another process holds it: two proxies would undo each other's work.
 */
export async function claimTable(table: string, netns: string | undefined): Promise<() => Promise<void>> {
  const { ino } = await stat(netns === undefined ? "/proc/self/ns/net" : `/run/netns/${netns}`);
  const server = createServer((socket) => socket.destroy()).unref();
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = `another proxy programs the nftables table ${table} of this network: give one of them another table name`;
      reject(error.code === "EADDRINUSE" ? new Error(taken) : error);
    });
    // An abstract socket: the kernel gives the name back when the process ends, however it ends.
    server.listen(`\0typernetes/nftables/${ino}/${table}`, resolve);
  });
  return () => new Promise((resolve) => server.close(() => resolve()));
}
