import assert from "node:assert/strict";
import { Socket } from "node:net";
import { test } from "node:test";
import { TLSSocket } from "node:tls";
import { certificateOf } from "./identify.ts";

test("a connection that has gone shows no certificate", () => {
  const socket = new TLSSocket(new Socket());
  socket.authorized = true;
  socket.destroy();
  assert.equal(certificateOf(socket), undefined);
});
