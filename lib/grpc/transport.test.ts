import { describe } from "node:test";
import { connect } from "./connect.ts";
import { inProcessTransport } from "./in-process.ts";
import type { Identity } from "./router.ts";
import { type GrpcServer, startGrpcServer } from "./server.ts";
import { createTestAuthority } from "./test-certificates.ts";
import { transportConformance } from "./transport-conformance.ts";

const alice: Identity = { user: "alice", groups: ["users"] };

describe("in process", () => {
  transportConformance(() => ({
    connect: async (router, logger) => inProcessTransport(router, alice, { logger }),
    close: async () => {},
  }));
});

describe("over gRPC with mutual TLS", () => {
  transportConformance(() => {
    const servers: GrpcServer[] = [];
    return {
      connect: async (router, logger) => {
        const authority = await createTestAuthority();
        const server = await startGrpcServer({
          router,
          host: "127.0.0.1",
          port: 0,
          tls: { ca: authority.ca, ...(await authority.issue("CN=server", { ips: ["127.0.0.1"] })) },
          authenticate: (certificate) => ({ user: String(certificate?.subject.CN), groups: [] }),
          logger,
        });
        servers.push(server);
        const tls = { ca: authority.ca, ...(await authority.issue("CN=alice")) };
        return connect({ address: `127.0.0.1:${server.port}`, tls });
      },
      close: async () => {
        await Promise.all(servers.map((server) => server.close()));
      },
    };
  });
});
