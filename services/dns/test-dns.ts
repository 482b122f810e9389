import { createSocket } from "node:dgram";
import { connect } from "node:net";
import packet, { type Answer, type DecodedPacket } from "dns-packet";
import type { Service } from "../../gen/typernetes/core/v1/service.ts";
import type { EndpointSlice } from "../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import { systemClock } from "../../lib/base/clock.ts";
import type { Client } from "../../lib/client/client.ts";
import { createInformerFactory } from "../../lib/client/shared-informers.ts";
import { silentLogger } from "../../lib/observe/logger.ts";
import { startTestApiserver } from "../apiserver/test-harness.ts";
import { type DnsOptions, dnsDefaults } from "./options.ts";
import { startDns } from "./service.ts";

/** The options of one question. */
export interface Asking {
  transport?: "udp" | "tcp";
  /** With EDNS, and this many bytes. */
  udpSize?: number;
}

/** A DNS server over a real apiserver. */
export interface TestDns {
  readonly client: Client;
  readonly port: number;
  readonly httpPort: number | undefined;
  ask(name: string, type: string, asking?: Asking): Promise<DecodedPacket>;
  /** What is said to a question: `NXDOMAIN`, or the data of its answers. */
  said(name: string, type: string): Promise<string[]>;
  service(name: string, spec: Service["spec"], namespace?: string): Promise<Service>;
  slice(service: string, slice: Partial<EndpointSlice>, namespace?: string): Promise<EndpointSlice>;
  close(): Promise<void>;
}

const deadlineMs = 60_000;

export async function startTestDns(options: Partial<DnsOptions> = {}): Promise<TestDns> {
  const server = await startTestApiserver();
  const client = server.client();
  const informers = createInformerFactory();
  const deps = { client, informers, clock: systemClock, random: Math.random, logger: silentLogger };
  const dns = await startDns(deps, {
    ...dnsDefaults,
    ...{ addresses: ["127.0.0.1"], upstreams: [], upstreamTimeoutMs: deadlineMs },
    ...options,
  });
  const ask = (name: string, type: string, asking: Asking = {}) => askServer(dns.port, name, type, asking);
  let slices = 0;
  return {
    client,
    port: dns.port,
    httpPort: dns.httpPort,
    ask,
    async said(name, type) {
      const answer = await ask(name, type);
      const code = (answer.flags ?? 0) & 15;
      return code === 0 ? (answer.answers ?? []).map(dataOf).sort() : [codes[code] ?? String(code)];
    },
    service: (name, spec, namespace = "default") =>
      client.core.v1.services.create({ metadata: { name, namespace }, ...(spec && { spec }) }),
    slice: (service, slice, namespace = "default") => {
      const metadata = { name: `${service}-${++slices}`, namespace, labels: { "kubernetes.io/service-name": service } };
      return client.discovery.v1.endpointslices.create({ metadata, addressType: "IPv4", endpoints: [], ...slice });
    },
    async close() {
      await dns.stop();
      await informers.stop();
      await server.close();
    },
  };
}

const codes = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];

/** One line for an answer's data. */
export function dataOf(record: Answer): string {
  if (record.type === "SRV") {
    const { priority, weight, port, target } = record.data;
    return `${priority} ${weight} ${port} ${target}`;
  }
  return "data" in record ? String(record.data) : "";
}

/** Asks a server on the loopback address. */
export function askServer(port: number, name: string, type: string, asking: Asking = {}): Promise<DecodedPacket> {
  return send(port, encodeQuery(name, type, asking), asking.transport ?? "udp").then((bytes) => packet.decode(bytes));
}

export function encodeQuery(name: string, type: string, { udpSize }: Asking = {}): Buffer {
  const opt = { type: "OPT" as const, name: ".", udpPayloadSize: udpSize ?? 0, extendedRcode: 0, ednsVersion: 0 };
  return packet.encode({
    type: "query",
    id: Math.floor(Math.random() * 65_536),
    flags: packet.RECURSION_DESIRED,
    // The library takes numbers of types too.
    questions: [{ name, type: type as "A" }],
    ...(udpSize !== undefined && { additionals: [{ ...opt, flags: 0, flag_do: false, options: [] }] }),
  });
}

/** Sends bytes and waits for the answer's. */
export function send(port: number, query: Buffer, transport: "udp" | "tcp"): Promise<Buffer> {
  return transport === "udp" ? sendUdp(port, query) : sendTcp(port, query);
}

function sendUdp(port: number, query: Buffer): Promise<Buffer> {
  const socket = createSocket("udp4");
  const answer = new Promise<Buffer>((resolve, reject) => {
    AbortSignal.timeout(deadlineMs).addEventListener("abort", () => reject(new Error("no answer over UDP")));
    socket.once("error", reject);
    socket.once("message", resolve);
    socket.send(query, port, "127.0.0.1");
  });
  return answer.finally(() => socket.close());
}

function sendTcp(port: number, query: Buffer): Promise<Buffer> {
  const socket = connect(port, "127.0.0.1");
  const answer = new Promise<Buffer>((resolve, reject) => {
    AbortSignal.timeout(deadlineMs).addEventListener("abort", () => reject(new Error("no answer over TCP")));
    let received = Buffer.alloc(0);
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("closed before an answer")));
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) resolve(received.subarray(2));
    });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(query.length);
    // In two pieces, as a network may deliver it.
    socket.write(Buffer.concat([length, query.subarray(0, 5)]));
    setImmediate(() => socket.write(query.subarray(5)));
  });
  return answer.finally(() => socket.destroy());
}
