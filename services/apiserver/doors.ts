import type { PeerCertificate } from "node:tls";
import type { Router } from "../../lib/grpc/router.ts";
import { startGrpcServer } from "../../lib/grpc/server.ts";
import type { Logger } from "../../lib/observe/logger.ts";
import type { Aggregation } from "./aggregation/aggregation.ts";
import { anonymous } from "./auth/anonymous.ts";
import { authenticateRequest, unauthorized } from "./auth/authenticate-request.ts";
import type { Authenticator } from "./auth/authenticator.ts";
import { clientCertificate } from "./auth/client-certificate.ts";
import { impersonate } from "./auth/impersonate.ts";
import type { Core } from "./core.ts";
import type { HealthCheck } from "./health-checks.ts";
import type { ListenOptions } from "./options.ts";
import type { CertificatePair, Pki } from "./pki/pki.ts";
import type { ServingCertificate } from "./pki/serving-certificate.ts";
import { RestDoor } from "./rest/door.ts";
import { type RestServer, startRestServer } from "./rest/server.ts";
import type { ServedResources } from "./served-resources.ts";

export interface DoorsDeps {
  core: Core;
  router: Router;
  served: ServedResources;
  aggregation: Aggregation;
  requestTimeoutMs: number | undefined;
  pki: Pki;
  certificate: ServingCertificate;
  logger: Logger;
  /** Under which others find this server. */
  advertiseAddress: string;
  ready: () => Promise<readonly HealthCheck[]>;
}

/** What an apiserver listens on. */
export interface Doors {
  readonly grpcPort: number;
  readonly httpsPort: number;
  close(): Promise<void>;
}

/** Opens all doors with one certificate, which is renewed while they are open. */
export async function openDoors(options: ListenOptions, deps: DoorsDeps): Promise<Doors> {
  const { core, pki, certificate, logger, router } = deps;
  const tlsOf = ({ cert, key }: CertificatePair) => ({ ca: pki.caCertificate, cert, key });
  const host = options.host === undefined ? {} : { host: options.host };
  const tls = tlsOf(certificate.pair);
  const grpc = await startGrpcServer({
    ...{ ...host, router, port: options.grpcPort, tls, logger },
    ...grpcAuthentication(core.authenticators),
    impersonate: (caller, metadata) => impersonate(core, caller, metadata),
  });
  try {
    const rest = await openRest(options, deps);
    certificate.watch((pair) => {
      grpc.reloadTls(tlsOf(pair));
      rest.reload(pair);
    });
    return {
      grpcPort: grpc.port,
      httpsPort: rest.port,
      async close() {
        certificate.stop();
        await Promise.all([grpc.close(), rest.close()]);
      },
    };
  } catch (error) {
    await grpc.close();
    throw error;
  }
}

async function openRest({ host, httpsPort }: ListenOptions, deps: DoorsDeps): Promise<RestServer> {
  const { core, served, aggregation, requestTimeoutMs, pki, certificate, logger, ready, advertiseAddress } = deps;
  let port = httpsPort;
  const door = new RestDoor({
    core,
    served,
    aggregation,
    requestTimeoutMs,
    ready,
    serverAddress: () => `${advertiseAddress}:${port}`,
  });
  const rest = await startRestServer({
    ...{ host, port, logger, ca: pki.caCertificate, certificate: certificate.pair },
    answer: (request, response) => door.answer(request, response),
    upgrade: (request, socket, head) => door.upgrade(request, socket, head),
  });
  port = rest.port;
  return rest;
}

/** A connection is known by its certificate, once; a call by its token. */
function grpcAuthentication(authenticators: readonly Authenticator[]) {
  return {
    authenticate: (certificate: PeerCertificate | undefined) => {
      const known = clientCertificate.authenticate({ certificate });
      const identity = known ?? (authenticators.includes(anonymous) ? anonymous.authenticate({}) : undefined);
      if (!identity || identity instanceof Promise) throw unauthorized();
      return identity;
    },
    authenticateToken: (bearerToken: string) => authenticateRequest(authenticators, { bearerToken }),
  };
}
