import type { PeerCertificate } from "node:tls";
import type { Router } from "../../lib/grpc/router.ts";
import { startGrpcServer } from "../../lib/grpc/server.ts";
import type { Logger } from "../../lib/observe/logger.ts";
import { anonymous } from "./auth/anonymous.ts";
import { authenticateRequest, unauthorized } from "./auth/authenticate-request.ts";
import type { Authenticator } from "./auth/authenticator.ts";
import { clientCertificate } from "./auth/client-certificate.ts";
import type { HealthCheck } from "./health-checks.ts";
import { openHealthDoor } from "./health-door.ts";
import type { ListenOptions } from "./options.ts";
import type { CertificatePair, Pki } from "./pki/pki.ts";
import type { ServingCertificate } from "./pki/serving-certificate.ts";

export interface DoorsDeps {
  router: Router;
  authenticators: readonly Authenticator[];
  pki: Pki;
  certificate: ServingCertificate;
  logger: Logger;
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
  const { pki, certificate, logger, router, ready } = deps;
  const tlsOf = ({ cert, key }: CertificatePair) => ({ ca: pki.caCertificate, cert, key });
  const host = options.host === undefined ? {} : { host: options.host };
  const tls = tlsOf(certificate.pair);
  const grpc = await startGrpcServer({
    ...{ ...host, router, port: options.grpcPort, tls, logger },
    ...grpcAuthentication(deps.authenticators),
  });
  try {
    const health = await openHealthDoor({
      ...host,
      port: options.httpsPort,
      certificate: certificate.pair,
      ready,
      logger,
    });
    certificate.watch((pair) => {
      grpc.reloadTls(tlsOf(pair));
      health.reload(pair);
    });
    return {
      grpcPort: grpc.port,
      httpsPort: health.port,
      async close() {
        certificate.stop();
        await Promise.all([grpc.close(), health.close()]);
      },
    };
  } catch (error) {
    await grpc.close();
    throw error;
  }
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
