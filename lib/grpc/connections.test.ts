import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { freePort } from "../base/test-port.ts";
import { Connections } from "./connections.ts";

test("a client that comes to two addresses from one port is let in once, so that nobody is taken for another", async () => {
  let users = 0;
  const connections = new Connections(() => ({ user: `user-${++users}`, groups: [] }));
  const arrived: Socket[] = [];
  const server = createServer((socket) => {
    arrived.push(socket.on("error", () => {}));
    connections.add(socket);
  });
  server.listen(0, "0.0.0.0");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const from = { port, localAddress: "127.0.0.1", localPort: await freePort() };
  const open = async (host: string): Promise<Socket> => {
    const socket = connect({ ...from, host }).on("error", () => {});
    await Promise.all([once(socket, "connect"), once(server, "connection")]);
    return socket.resume();
  };
  const first = await open("127.0.0.1");
  const second = await open("127.0.0.2");
  try {
    await once(second, "close");
    const peer = `${arrived[0]?.remoteAddress}:${arrived[0]?.remotePort}`;
    const identify = () => connections.identify(peer, () => undefined).user;
    assert.deepEqual([first.destroyed, identify(), identify()], [false, "user-1", "user-1"]);
  } finally {
    for (const socket of [first, second, ...arrived]) socket.destroy();
    server.close();
  }
});
