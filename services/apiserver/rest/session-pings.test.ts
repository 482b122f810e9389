import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2, createServer, type Http2Server, type ServerHttp2Session } from "node:http2";
import { connect } from "node:net";
import { test } from "node:test";
import { endWhenSilent } from "./session-pings.ts";

async function started(server: Http2Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

test("a connection ends when its client no longer answers, and goes on while it does", async () => {
  const server = createServer((_, response) => response.writeHead(200).write("x"));
  server.on("session", (session) => endWhenSilent(session, 50, 5_000));
  const port = await started(server);
  const talking = connectHttp2(`http://127.0.0.1:${port}`);
  const [first]: [ServerHttp2Session] = (await once(server, "session")) as [ServerHttp2Session];
  const stream = talking.request();
  await once(stream, "response");
  // The preface and no word after it.
  const silent = connect(port, "127.0.0.1");
  silent.on("error", () => {});
  silent.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
  const [second]: [ServerHttp2Session] = (await once(server, "session")) as [ServerHttp2Session];
  await once(second, "close");
  assert.equal(first.destroyed, false);
  talking.destroy();
  silent.destroy();
  server.close();
});
