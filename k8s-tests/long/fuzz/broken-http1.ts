import type { Dice } from "./dice.ts";
import type { RawConnection } from "./raw-connection.ts";

const path = "/api/v1/namespaces/default/configmaps";
const host = "Host: fuzz\r\n";
const get = `GET ${path} HTTP/1.1\r\n${host}\r\n`;
const watch = `GET ${path}?watch=1 HTTP/1.1\r\n${host}\r\n`;
const post = `POST ${path} HTTP/1.1\r\n${host}Content-Type: application/json\r\n`;

const heads = [
  `GET / HTTP/9.9\r\n${host}\r\n`,
  "GET / HTTP/1.1\r\n\r\n",
  `GET ${path}\r\n\r\n`,
  `GET / HTTP/1.1\r\n${host}no colon\r\n\r\n`,
  `GET / HTTP/1.1\r\n${host}a: \0\r\n\r\n`,
  `GET /\0 HTTP/1.1\r\n${host}\r\n`,
  `GET / HTTP/1.1\r\n${host} folded\r\n\r\n`,
  `GET / HTTP/1.1\r\n${host}${host}\r\n`,
  `GET / HTTP/1.1\n${host}\n`,
  `CONNECT example.com:443 HTTP/1.1\r\n${host}\r\n`,
  "GET http://example.com/ HTTP/1.1\r\nHost: other\r\n\r\n",
  `OPTIONS * HTTP/1.1\r\n${host}\r\n`,
  `GET ${path} HTTP/1.0\r\n\r\n`,
  `GET ${path} HTTP/1.1\r\n${host}Expect: nonsense\r\n\r\n`,
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "\r\n\r\n\r\n\r\n",
] as const;

const bodies = [
  `${post}Content-Length: -1\r\n\r\n{}`,
  `${post}Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}`,
  `${post}Content-Length: 99999999999999999999\r\n\r\n{}`,
  `${post}Content-Length: 4000000\r\n\r\n{}`,
  `${post}Content-Length: 100\r\n\r\n{}`,
  `${post}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
  `${post}Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
  `${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}`,
  `${post}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}`,
  `${post}Transfer-Encoding: chunked\r\n\r\n2;${"x".repeat(30_000)}\r\n{}\r\n0\r\n\r\n`,
  `${post}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n${"t: x\r\n".repeat(3000)}\r\n`,
  `${post}Transfer-Encoding: chunked\r\n\r\n${"1\r\n \r\n".repeat(20_000)}`,
  `${post}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`,
  `${post}Transfer-Encoding: chunked\r\n\r\n${`10000\r\n${" ".repeat(0x10000)}\r\n`.repeat(60)}0\r\n\r\n`,
] as const;

/** Says something over HTTP/1.1 that is none, or more of it than anybody should. */
export async function breakHttp1(dice: Dice, connection: RawConnection): Promise<void> {
  switch (dice.below(7)) {
    case 0:
      return connection.write(dice.bytes(1 + dice.below(300)));
    case 1:
      return connection.write(dice.pick(heads));
    case 2:
      return connection.write(dice.pick(bodies));
    case 3:
      // More than the server takes up at once.
      return connection.write(dice.pick([get, watch]).repeat(dice.pick([2, 20, 200])));
    case 4:
      return flood(dice, connection);
    case 5:
      return piecemeal(dice, connection);
    default:
      return connection.write(bend(dice, dice.pick([get, watch, ...heads, ...bodies])));
  }
}

/** A head that does not end. */
async function flood(dice: Dice, connection: RawConnection): Promise<void> {
  await connection.write(`GET ${dice.chance(0.3) ? `/${"x".repeat(100_000)}` : path} HTTP/1.1\r\n${host}`);
  const line = dice.pick(["a: b\r\n", `a: ${"b".repeat(1000)}\r\n`, ` ${"b".repeat(1000)}`]);
  for (let round = 0; round < 20; round++) await connection.write(line.repeat(100));
}

/** A request byte by byte, which breaks off somewhere. */
async function piecemeal(dice: Dice, connection: RawConnection): Promise<void> {
  const text = dice.pick([get, watch, `${post}Content-Length: 15\r\n\r\n{"metadata":{}}`]);
  const end = dice.below(text.length + 1);
  for (let at = 0; at < end; at += 1 + dice.below(10)) await connection.write(text.slice(at, at + 1 + dice.below(10)));
}

function bend(dice: Dice, text: string): Buffer {
  const bytes = Buffer.from(text.slice(0, 10_000), "latin1");
  for (let left = 1 + dice.below(4); left > 0; left--) bytes[dice.below(bytes.length)] = dice.below(256);
  return bytes;
}
