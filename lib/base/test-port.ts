import { createServer, type Server } from "node:net";

// Below the ports that the kernel hands out by itself, which may go to anybody at any moment, and apart from those that tests name.
const [portMin, portMax] = [12_000, 20_999];

/**
 * A port that nobody listens on, on any address, and that stays free until it is asked for by its number: no other process is
 * given it as long as this one lives.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = portMin + Math.floor(Math.random() * (portMax - portMin + 1));
    // An abstract socket, which the kernel takes back with the process.
    const claim = await opened({ path: `\0typernetes/test-port/${port}` });
    const trial = claim && (await opened({ port }));
    if (trial) await closed(trial);
    else if (claim) await closed(claim);
    if (trial) return port;
  }
}

function opened(place: { port: number } | { path: string }): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy()).unref();
    server.once("error", () => resolve(undefined));
    server.listen(place, () => resolve(server));
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
