import { deflateSync } from "node:zlib";
import type { Dice } from "./dice.ts";
import type { RawConnection } from "./raw-connection.ts";

const pod = "/api/v1/namespaces/default/pods/victim";
const places = [
  `GET ${pod}/exec?command=x&stdin=1&stdout=1&stderr=1`,
  `GET ${pod}/exec?command=x&stdin=1&stdout=1&tty=1`,
  `POST ${pod}/exec?command=x&stdin=1&stdout=1`,
  `GET ${pod}/attach?stdin=1&stdout=1`,
  `POST ${pod}/attach?stdout=1`,
  `GET ${pod}/portforward?ports=80`,
  `GET ${pod}/portforward?ports=80,81,82`,
  `POST ${pod}/portforward`,
  `GET ${pod}/log?follow=1`,
  `GET ${pod}:80/proxy/x`,
  `GET /api/v1/namespaces/default/services/none/proxy/x`,
  "GET /api/v1/nodes/none/proxy/x",
  "GET /api/v1/namespaces/default/configmaps?watch=1",
  "GET /metrics",
] as const;

const webSocketProtocols = [
  "v5.channel.k8s.io",
  "v4.channel.k8s.io",
  "v4.base64.channel.k8s.io",
  "base64.binary.k8s.io",
  "SPDY/3.1+portforward.k8s.io",
  "portforward.k8s.io",
  "none",
] as const;

function handshake(dice: Dice, isSpdy: boolean): string {
  const place = dice.pick(places);
  const lines = [`${place} HTTP/1.1`, "Host: fuzz", "Connection: Upgrade"];
  if (isSpdy) {
    lines.push("Upgrade: SPDY/3.1");
    if (dice.chance(0.8))
      lines.push(`X-Stream-Protocol-Version: ${dice.pick(["v4.channel.k8s.io", "portforward.k8s.io", "none"])}`);
  } else {
    const key = dice.chance(0.9) ? "dGhlIHNhbXBsZSBub25jZQ==" : "x";
    lines.push("Upgrade: websocket", `Sec-WebSocket-Key: ${key}`);
    lines.push(`Sec-WebSocket-Version: ${dice.chance(0.9) ? 13 : 99}`);
    if (dice.chance(0.9)) lines.push(`Sec-WebSocket-Protocol: ${dice.pick(webSocketProtocols)}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** A frame of a WebSocket, seldom one that a client may send. */
function webSocketFrame(dice: Dice): Buffer {
  const first = dice.chance(0.6) ? dice.pick([0x82, 0x81, 0x88, 0x89, 0x02, 0x80]) : dice.below(256);
  const payload = Buffer.concat([Buffer.of(dice.pick([0, 1, 4, 255, 0x30])), dice.bytes(dice.below(100))]);
  if (dice.chance(0.1)) return Buffer.concat([Buffer.of(first, 0xff), Buffer.alloc(8, 0x7f), payload]);
  if (dice.chance(0.1)) return Buffer.concat([Buffer.of(first, payload.length), payload]);
  const mask = Buffer.alloc(4);
  return Buffer.concat([Buffer.of(first, 0x80 | payload.length), mask, payload]);
}

function spdyFrame(dice: Dice): Buffer {
  if (dice.chance(0.1)) return dice.bytes(dice.below(100));
  const body = spdyBody(dice);
  const head = Buffer.alloc(8);
  if (dice.chance(0.2)) head.writeUInt32BE(dice.below(9));
  else {
    head.writeUInt16BE(0x8000 | (dice.chance(0.95) ? 3 : 2));
    head.writeUInt16BE(dice.pick([1, 1, 1, 2, 3, 4, 6, 7, 8, 9, 10]), 2);
  }
  head.writeUIntBE(dice.chance(0.9) ? body.length : dice.below(1 << 24), 5, 3);
  head[4] = dice.pick([0, 0, 1, 2, 255]);
  return Buffer.concat([head, body]);
}

/** Without SPDY's dictionary: compressed, but nothing that can be read. */
const zeros = deflateSync(Buffer.alloc(2 ** 20));

function spdyBody(dice: Dice): Buffer {
  const stream = Buffer.alloc(10);
  stream.writeUInt32BE(dice.pick([0, 1, 1, 2, 3, 5, 0x7fffffff]));
  const block = dice.pick([zeros, dice.bytes(50), Buffer.alloc(0), dice.bytes(5000)]);
  return Buffer.concat([stream, block]).subarray(0, dice.chance(0.1) ? dice.below(12) : undefined);
}

/** Asks for another protocol, and does not keep to it; whether the server has gone on in it. */
export async function breakUpgrade(dice: Dice, connection: RawConnection): Promise<boolean> {
  const isSpdy = dice.chance(0.5);
  const frames = () => {
    const count = dice.pick([1, 5, 50]);
    return Buffer.concat(Array.from({ length: count }, () => (isSpdy ? spdyFrame(dice) : webSocketFrame(dice))));
  };
  const isHasty = dice.chance(0.2);
  await connection.write(Buffer.concat([Buffer.from(handshake(dice, isSpdy)), isHasty ? frames() : Buffer.alloc(0)]));
  const answer = isHasty || dice.chance(0.1) ? "" : await connection.until("\r\n\r\n", 5_000);
  if (dice.chance(0.9)) await connection.write(frames());
  if (dice.chance(0.3)) await connection.write(dice.bytes(1000));
  return answer.startsWith("HTTP/1.1 101");
}
