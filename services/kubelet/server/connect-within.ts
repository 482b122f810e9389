import { spawn } from "node:child_process";
import { once } from "node:events";
import { Duplex } from "node:stream";

/** Says `+` when it is connected, then passes everything both ways. */
const relay = `const s = require("net").connect({ host: "127.0.0.1", port: Number(process.argv[1]), allowHalfOpen: true });
s.on("error", (error) => { process.stderr.write(error.message); process.exit(1); });
s.on("connect", () => { process.stdout.write("+"); process.stdin.pipe(s); s.pipe(process.stdout); });`;

/** Connects to a port of loopback within a network namespace, by a small process that lives as long as the connection. */
export async function connectWithin(netns: string, port: number): Promise<Duplex> {
  const words = [`--net=${netns}`, "--", process.execPath, "-e", relay, String(port)];
  const child = spawn("nsenter", words, { stdio: ["pipe", "pipe", "pipe"] });
  const { stdin, stdout, stderr } = child;
  let said = "";
  stderr.on("data", (chunk) => {
    said += chunk;
  });
  stdin.on("error", () => {});
  const ended = once(child, "close").then(() => {
    throw new Error(said || "the connection could not be made");
  });
  ended.catch(() => {});
  await Promise.race([once(stdout, "readable"), ended]);
  // Also readable is what has ended.
  if (stdout.read(1) === null) await ended;
  const connection = Duplex.from({ readable: stdout, writable: stdin });
  connection.once("close", () => child.kill("SIGKILL"));
  return connection;
}
