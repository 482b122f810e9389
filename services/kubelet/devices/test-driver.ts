import { mkdirSync } from "node:fs";
import { connect as connectTcp, createServer, type Server } from "node:net";
import { join } from "node:path";
import { type Device, DRAPluginDefinition } from "../../../gen/k8s/io/kubelet/pkg/apis/dra/v1/dra_plugin.ts";
import { RegistrationDefinition, type RegistrationStatus } from "../../../gen/pluginregistration/registration.ts";
import { Router } from "../../../lib/grpc/router.ts";
import { startGrpcServer } from "../../../lib/grpc/server.ts";
import { silentLogger } from "../../../lib/observe/logger.ts";

/** A driver of devices for tests, on a socket as drivers have it. */
export interface TestDriver {
  /** What it was asked: `prepare c`, `unprepare c`. */
  readonly calls: string[];
  readonly statuses: RegistrationStatus[];
  close(): Promise<void>;
}

export interface TestDriverSettings {
  versions?: string[];
  devices?: Device[];
  /** Why it does not prepare. */
  error?: () => string | undefined;
}

/** Starts a driver that registers in a kubelet's directory. */
export async function startTestDriver(
  stateDir: string,
  name: string,
  { versions = ["v1.DRAPlugin"], devices = [{ poolName: "n", deviceName: "d" }], error }: TestDriverSettings = {},
): Promise<TestDriver> {
  const calls: string[] = [];
  const statuses: RegistrationStatus[] = [];
  const router = new Router()
    .add(RegistrationDefinition, {
      getInfo: async () => ({ type: "DRAPlugin", name, supportedVersions: versions }),
      notifyRegistrationStatus: async (status) => {
        statuses.push(status);
        return {};
      },
    })
    .add(DRAPluginDefinition, {
      nodePrepareResources: async ({ claims = [] }) => {
        calls.push(...claims.map((claim) => `prepare ${claim.name}`));
        const problem = error?.();
        const answer = problem ? { error: problem } : { devices };
        return { claims: Object.fromEntries(claims.map(({ uid = "" }) => [uid, answer])) };
      },
      nodeUnprepareResources: async ({ claims = [] }) => {
        calls.push(...claims.map((claim) => `unprepare ${claim.name}`));
        return { claims: Object.fromEntries(claims.map(({ uid = "" }) => [uid, {}])) };
      },
    });
  const anyone = { user: "test", groups: [] };
  const authenticate = () => anyone;
  const server = await startGrpcServer({ router, host: "127.0.0.1", port: 0, authenticate, logger: silentLogger });
  const directory = join(stateDir, "plugins_registry");
  mkdirSync(directory, { recursive: true });
  const socket = await listen(join(directory, `${name}-reg.sock`), server.port);
  return {
    calls,
    statuses,
    close: async () => {
      await server.close();
      await new Promise<void>((resolve) => socket.close(() => resolve()));
    },
  };
}

/** What comes to the socket goes to the port. */
function listen(path: string, port: number): Promise<Server> {
  const server = createServer((near) => {
    const far = connectTcp(port, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => to.destroy());
    }
  });
  return new Promise((resolve) => server.listen(path, () => resolve(server)));
}
