import { createServer } from "node:net";
import { isAddressInUse, listen } from "./listen.ts";

/**
 * Holds a name that one process of the machine can hold at a time, until the returned function is called or the process ends,
 * however it ends: an abstract socket, which the kernel takes back. Undefined when somebody else holds it.
 */
export async function holdName(name: string): Promise<(() => Promise<void>) | undefined> {
  const server = createServer((socket) => socket.destroy()).unref();
  try {
    await listen(server, { path: `\0${name}` });
  } catch (error) {
    if (isAddressInUse(error)) return undefined;
    throw error;
  }
  return () => new Promise((resolve) => server.close(() => resolve()));
}
