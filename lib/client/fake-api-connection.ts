import { connect } from "../grpc/connect.ts";
import { inProcessTransport } from "../grpc/in-process.ts";
import { Router } from "../grpc/router.ts";
import { startGrpcServer } from "../grpc/server.ts";
import { silentLogger } from "../observe/logger.ts";
import type { Client } from "./client.ts";
import { createClient } from "./create-client.ts";

/** A client of services that a test serves. */
export interface TestConnection {
  client: Client;
  close(): Promise<void>;
}

const tester = { user: "tester", groups: [] };

/** The ways to reach a router, for tests that run over each. */
export const connections: Readonly<Record<string, (router: Router) => Promise<TestConnection>>> = {
  "in process": async (router) => {
    const transport = inProcessTransport(router, tester);
    return { client: createClient(transport), close: () => transport.close() };
  },
  "over gRPC": async (router) => {
    const server = await startGrpcServer({
      router,
      host: "127.0.0.1",
      port: 0,
      authenticate: () => tester,
      logger: silentLogger,
    });
    const transport = connect({ address: `127.0.0.1:${server.port}` });
    return {
      client: createClient(transport),
      close: async () => {
        await transport.close();
        await server.close();
      },
    };
  },
};

/** A client in process, for tests that need only one. */
export function connectInProcess(add: (router: Router) => void): Client {
  const router = new Router();
  add(router);
  return createClient(inProcessTransport(router, tester));
}
