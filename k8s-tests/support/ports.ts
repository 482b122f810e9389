import { createServer, type ListenOptions } from "node:net";

// Below the ports that the kernel hands out by itself, which may go to anybody at any moment, and apart from those that tests name.
const [portMin, portMax] = [12_000, 20_999];

/**
 * A port that nobody listens on, on any address, and that stays free until it is asked for by its number: no other call is
 * given it while this process lives, in whatever process of the machine.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = portMin + Math.floor(Math.random() * (portMax - portMin + 1));
    if ((await isOurs(port)) && (await isFree(port))) return port;
  }
}

/** By an abstract socket that one process of the machine can hold, until it ends; unit tests claim their ports by the same names. */
async function isOurs(port: number): Promise<boolean> {
  return (await opened({ path: `\0typernetes/test-port/${port}` })) !== undefined;
}

async function isFree(port: number): Promise<boolean> {
  const server = await opened({ port });
  await new Promise<unknown>((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  return server !== undefined;
}

function opened(place: ListenOptions) {
  const server = createServer((socket) => socket.destroy()).unref();
  return new Promise<typeof server | undefined>((resolve) => {
    server.once("error", () => resolve(undefined));
    server.listen(place, () => resolve(server));
  });
}
