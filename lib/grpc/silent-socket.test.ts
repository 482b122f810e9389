import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { destroyWhenSilent } from "./silent-socket.ts";

test("a connection that nothing comes over is destroyed, and one on which something does is not", async () => {
  const server = createServer((socket) => {
    socket.resume().on("error", () => {});
    // Four looks without a byte: long enough for a process that is kept from working for a while.
    destroyWhenSilent(socket, 500);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(address && typeof address === "object");
  const open = async (): Promise<Socket> => {
    const socket = connect(address.port, "127.0.0.1").resume();
    socket.on("error", () => {});
    await once(socket, "connect");
    return socket;
  };
  const [silent, talking] = [await open(), await open()];
  const timer = setInterval(() => talking.write("x"), 50);
  try {
    await once(silent, "close", { signal: AbortSignal.timeout(60_000) });
    assert.equal(talking.destroyed, false);
  } finally {
    clearInterval(timer);
    for (const socket of [silent, talking]) socket.destroy();
    server.close();
  }
});
