import assert from "node:assert/strict";
import { Agent, get as httpsGet } from "node:https";
import { after, before, describe, test } from "node:test";
import { TLSSocket } from "node:tls";
import { ConfigMapServiceDefinition } from "../../gen/typernetes/core/v1/config_map.ts";
import { onAbort } from "../base/abort.ts";
import { eventually } from "../base/eventually.ts";
import { StatusError } from "../base/status-error.ts";
import { freePort } from "../base/test-port.ts";
import { silentLogger } from "../observe/logger.ts";
import { requestBytesMax } from "./channel-options.ts";
import { connect } from "./connect.ts";
import { Health, HealthServiceDefinition, servingStatus } from "./health.ts";
import type { MessageType } from "./method.ts";
import { Router } from "./router.ts";
import { type GrpcServer, type GrpcServerOptions, startGrpcServer } from "./server.ts";
import { createTestAuthority, type TestAuthority } from "./test-certificates.ts";
import type { Transport } from "./transport.ts";
import { failure } from "./transport-conformance.ts";

const maps = ConfigMapServiceDefinition;
const router = new Router().add(maps, {
  get: async (request, context) => {
    if (request.name === "hang") await new Promise<void>((resolve) => onAbort(context.signal, resolve));
    return { metadata: { name: context.identity.user } };
  },
  watch: async function* (_request, { signal }) {
    yield { events: [] };
    await new Promise<void>((resolve) => onAbort(signal, resolve));
    signal.throwIfAborted();
  },
});

describe("a gRPC server", () => {
  let authority: TestAuthority;
  let serving: { cert: string; key: string };
  const opened: { close(): Promise<void> }[] = [];

  before(async () => {
    authority = await createTestAuthority();
    serving = await authority.issue("CN=server", { ips: ["127.0.0.1"] });
  });
  after(async () => {
    for (const each of opened.reverse()) await each.close();
  });

  const start = async (options: Partial<GrpcServerOptions> = {}): Promise<GrpcServer> => {
    const server = await startGrpcServer({
      router,
      host: "127.0.0.1",
      port: 0,
      tls: { ca: authority.ca, ...serving },
      authenticate: (certificate) => {
        if (!certificate) throw new StatusError("Unauthorized", "Unauthorized");
        return { user: String(certificate.subject.CN), groups: [] };
      },
      logger: silentLogger,
      ...options,
    });
    opened.push(server);
    return server;
  };
  const client = (server: { port: number }, own?: { cert: string; key: string }): Transport => {
    const transport = connect({ address: `127.0.0.1:${server.port}`, tls: { ca: authority.ca, ...own } });
    opened.push(transport);
    return transport;
  };
  const get = (transport: Transport, name = "x") => transport.unary(maps, maps.methods.get, { name });
  const user = async (transport: Transport) => (await get(transport)).metadata?.name;

  test("refuses a client without a certificate, or with one of another authority", async () => {
    const server = await start();
    const stranger = await (await createTestAuthority("other")).issue("CN=admin");
    assert.equal((await failure(get(client(server)))).reason, "Unauthorized");
    assert.equal((await failure(get(client(server, stranger)))).reason, "Unauthorized");
  });

  test("tells the clients of different connections apart", async () => {
    const server = await start();
    const alice = client(server, await authority.issue("CN=alice"));
    const bob = client(server, await authority.issue("CN=bob"));
    assert.deepEqual([await user(alice), await user(bob), await user(alice)], ["alice", "bob", "alice"]);
  });

  test("shows a renewed certificate to new connections, while open ones go on", async () => {
    const server = await start();
    const own = await authority.issue("CN=alice");
    const before = client(server, own);
    await user(before);
    const renewed = await createTestAuthority("renewed");
    server.reloadTls({ ca: authority.ca, ...(await renewed.issue("CN=server", { ips: ["127.0.0.1"] })) });
    assert.equal(await user(before), "alice");
    const believer = connect({ address: `127.0.0.1:${server.port}`, tls: { ca: renewed.ca, ...own } });
    opened.push(believer);
    assert.equal(await user(believer), "alice");
    assert.equal((await failure(get(client(server, own)))).reason, "ServiceUnavailable");
  });

  test("is ServiceUnavailable at once when it has gone, and found again when it is back", async () => {
    const port = await freePort();
    const first = await start({ port });
    const alice = client(first, await authority.issue("CN=alice"));
    await user(alice);
    await first.close();
    await eventually(async () => {
      const began = performance.now();
      assert.equal((await failure(get(alice))).reason, "ServiceUnavailable");
      return performance.now() - began < 1_000;
    });
    const second = await start({ port });
    assert.equal(second.port, port);
    assert.equal(await eventually(() => user(alice)), "alice");
  });

  test("ends streams with ServiceUnavailable when it stops, and does not wait for ever for calls", async () => {
    const server = await start();
    const alice = client(server, await authority.issue("CN=alice"));
    const hanging = failure(get(alice, "hang")).catch(() => {});
    const stream = alice.serverStream(maps, maps.methods.watch, {})[Symbol.asyncIterator]();
    await stream.next();
    await server.close();
    assert.equal((await failure(Promise.resolve(stream.next()))).reason, "ServiceUnavailable");
    await hanging;
  });

  test("limits the time of a unary call whose client sets no limit", async () => {
    const server = await start({ unaryTimeoutMs: 50 });
    const alice = client(server, await authority.issue("CN=alice"));
    assert.equal((await failure(get(alice, "hang"))).reason, "Timeout");
  });

  test("refuses a request that is too large, and goes on", async () => {
    const server = await start();
    const alice = client(server, await authority.issue("CN=alice"));
    const error = await failure(get(alice, "x".repeat(requestBytesMax)));
    assert.equal(error.reason, "RequestEntityTooLarge");
    assert.equal(await user(alice), "alice");
  });

  test("answers BadRequest to bytes that are no message", async () => {
    const server = await start();
    const alice = client(server, await authority.issue("CN=alice"));
    const garbage: MessageType<Buffer> = {
      encode: (bytes, writer) => (writer ?? maps.methods.get.requestType.encode({})).raw(bytes),
      decode: () => Buffer.alloc(0),
    };
    const method = { ...maps.methods.get, requestType: garbage };
    const error = await failure(alice.unary(maps, method, Buffer.from([0x0a, 0xff, 0xff])));
    assert.equal(error.reason, "BadRequest");
  });

  test("speaks gRPC and HTTP/1.1 on one port, and knows the clients of both by their certificates", async () => {
    const server = await start({
      http: (request, response) => {
        const certificate = request.socket instanceof TLSSocket && request.socket.getPeerCertificate();
        response.end(`${request.method} ${request.url} of ${certificate ? certificate.subject?.CN : "nobody"}`);
      },
    });
    const client = await authority.issue("CN=alice");
    const tls = { ca: authority.ca, ...client };
    const transport = connect({ address: `127.0.0.1:${server.port}`, tls });
    opened.push(transport);
    const map = await transport.unary(maps, maps.methods.get, { name: "x" });
    assert.equal(map.metadata?.name, "alice");
    const ask = (ALPNProtocols: string[] | undefined) =>
      new Promise<string>((resolve, reject) => {
        const agent = new Agent({ ...tls, ...(ALPNProtocols && { ALPNProtocols }) });
        httpsGet({ host: "127.0.0.1", port: server.port, path: "/metrics", agent }, (response) => {
          response.setEncoding("utf8").once("data", resolve);
          response.once("end", () => agent.destroy());
        }).once("error", reject);
      });
    for (const offered of [undefined, ["http/1.1"], ["h2", "http/1.1"]])
      assert.equal(await ask(offered), "GET /metrics of alice");
    const renewed = await authority.issue("CN=renewed", { ips: ["127.0.0.1"] });
    server.reloadTls({ ca: authority.ca, ...renewed });
    assert.equal(await ask(undefined), "GET /metrics of alice");
  });

  test("says that a port is in use", async () => {
    const server = await start();
    await assert.rejects(start({ port: server.port }), { code: "EADDRINUSE" });
  });

  test("tells its health to everybody, and streams changes of it", async () => {
    const health = new Health();
    const server = await start({ health });
    const anyone = client(server);
    const { check, watch } = HealthServiceDefinition.methods;
    const ask = (service: string) => anyone.unary(HealthServiceDefinition, check, { service });
    assert.equal((await ask("")).status, servingStatus.SERVING);
    assert.equal((await failure(ask("unknown"))).reason, "NotFound");
    const changes = anyone.serverStream(HealthServiceDefinition, watch, { service: "" })[Symbol.asyncIterator]();
    assert.deepEqual((await changes.next()).value, { status: servingStatus.SERVING });
    health.set("", false);
    assert.deepEqual((await changes.next()).value, { status: servingStatus.NOT_SERVING });
    await changes.return?.();
  });

  test("tells callers how calls went through its observer", async () => {
    const seen: string[] = [];
    const server = await start({
      observer: (route, identity) => (error) =>
        void seen.push(`${identity.user} ${route.method.name} ${error?.reason ?? "OK"}`),
    });
    const alice = client(server, await authority.issue("CN=alice"));
    await user(alice);
    await failure(alice.unary(maps, maps.methods.delete, {}));
    assert.deepEqual(seen, ["alice Get OK", "alice Delete MethodNotAllowed"]);
  });
});
