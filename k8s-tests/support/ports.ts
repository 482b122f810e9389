import { createServer } from "node:net";

// Below the ports that the kernel hands out by itself, which may go to anybody at any moment, and apart from those that tests name.
const [portMin, portMax] = [12_000, 20_999];

/** A port that nobody listens on, on any address, and that stays free until it is asked for by its number. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = portMin + Math.floor(Math.random() * (portMax - portMin + 1));
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}
