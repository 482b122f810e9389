import type { RequestListener } from "node:http";
import type { Server as NetServer, Socket } from "node:net";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { StatusError } from "../base/status-error.ts";
import type { Logger } from "../observe/logger.ts";
import type { CallObserver } from "./call-observer.ts";
import { channelOptions } from "./channel-options.ts";
import { closeSessionsWhenIdle } from "./close-when-idle.ts";
import { type Authenticate, Connections } from "./connections.ts";
import { Health, healthServiceName } from "./health.ts";
import { grpcListener, sharedListener } from "./listen.ts";
import { bytesSuffix } from "./metadata-texts.ts";
import { addReflection } from "./reflection.ts";
import { type Identity, type Route, Router, routePath } from "./router.ts";
import { type Serving, serveDuplex, serveServerStream, serveUnary, type WireCall } from "./served-call.ts";
import { ReloadableServerCredentials, type ServerTls } from "./server-tls.ts";
import { destroyWhenSilent } from "./silent-socket.ts";

export interface GrpcServerOptions {
  router: Router;
  /** All addresses when absent. */
  host?: string;
  /** 0 chooses a free one. */
  port: number;
  /** A socket in the file system, to be listened on instead of host and port. */
  path?: string;
  /** Plain text when absent: for loopback and tests. */
  tls?: ServerTls;
  /** Answers HTTP/1.1 on the same port, with TLS only; who may ask is its own business. */
  http?: RequestListener;
  authenticate: Authenticate;
  /** Who shows this bearer token and no certificate; tokens are passed over when absent. Rejects with `Unauthorized`. */
  authenticateToken?: (token: string) => Promise<Identity>;
  /**
   * As whom a call is to be done that names somebody else in its metadata, by the names of the HTTP headers for that; such
   * names are passed over when absent. Rejects with `Forbidden`.
   */
  impersonate?: (caller: Identity, metadata: ImpersonationMetadata) => Promise<Identity>;
  observer?: CallObserver;
  logger: Logger;
  /** A unary call has no longer than this, whatever its client says; 60 s when absent. */
  unaryTimeoutMs?: number;
  /** What the health service answers; everything is serving when absent. */
  health?: Health;
}

/** By lower-case names: `impersonate-user` and so on. */
type ImpersonationMetadata = Readonly<Record<string, readonly string[]>>;

export interface GrpcServer {
  readonly port: number;
  /** New connections get these certificates; open ones go on. */
  reloadTls(tls: ServerTls): void;
  /** Ends streams with ServiceUnavailable, waits up to 2 s for unary calls, closes all connections. Idempotent. */
  close(): Promise<void>;
}

const closeGraceMs = 2_000;

/** Serves a router over gRPC, with health (open to all) and reflection. Rejects with `EADDRINUSE` and the like. */
export async function startGrpcServer(options: GrpcServerOptions): Promise<GrpcServer> {
  closeSessionsWhenIdle();
  const health = options.health ?? new Health();
  const connections = new Connections(options.authenticate);
  const serving = servingOf(options, connections);
  const server = new Server(channelOptions.server);
  for (const route of allRoutes(options.router, health)) register(server, serving, route);
  const credentials = options.tls && new ReloadableServerCredentials(options.tls);
  const watch = (socket: Socket) => {
    socket.on("error", () => socket.destroy());
    return connections.add(socket);
  };
  const take = (socket: Socket) => {
    destroyWhenSilent(socket);
    injector.injectConnection(socket);
  };
  const { tls, http } = options;
  const listener =
    tls && http
      ? sharedListener(tls, http, watch, take)
      : grpcListener((socket) => {
          if (watch(socket)) take(socket);
        });
  const plain = listener.endsTls || !credentials;
  const injector = server.createConnectionInjector(plain ? ServerCredentials.createInsecure() : credentials);
  const port = await listen(listener.server, options);
  let closed: Promise<void> | undefined;
  return {
    port,
    reloadTls: (tls) => {
      credentials?.reload(tls);
      listener.reload(tls);
    },
    close: () => {
      closed ??= close(server, listener.server, serving, health).finally(() => connections.destroyAll());
      return closed;
    },
  };
}

function servingOf(options: GrpcServerOptions, connections: Connections): Serving {
  const { authenticateToken, impersonate } = options;
  const anyone: Identity = { user: "system:anonymous", groups: ["system:unauthenticated"] };
  const senders = new WeakMap<Identity, Identity>();
  const callerOf = (wire: WireCall) => {
    const certificate = () => wire.getAuthContext().sslPeerCertificate;
    const token = bearerToken(wire);
    if (authenticateToken && token !== undefined && !certificate()) return authenticateToken(token);
    // Who comes by a socket in the file system has no address.
    if (options.path !== undefined) return options.authenticate(undefined);
    return connections.identify(wire.getPeer(), certificate);
  };
  return {
    identify: (wire, route) => {
      if (route.service.fullName === healthServiceName) return anyone;
      const caller = callerOf(wire);
      if (!impersonate || !impersonationKeys.some((key) => wire.metadata.get(key).length > 0)) return caller;
      return (async () => {
        const sender = await caller;
        const identity = await impersonate(sender, impersonationOf(wire));
        if (identity !== sender) senders.set(identity, sender);
        return identity;
      })();
    },
    senders,
    unaryTimeoutMs: options.unaryTimeoutMs ?? 60_000,
    observer: options.observer,
    logger: options.logger,
    open: new Set(),
  };
}

const impersonationPrefix = "impersonate-";
const [userKey, groupKey, uidKey] = ["user", "group", "uid"].map((name) => `${impersonationPrefix}${name}`);
/** One of these is there whenever somebody else is named. */
const impersonationKeys = [userKey, groupKey, uidKey].flatMap((key = "") => [key, `${key}${bytesSuffix}`]);

/** Texts of the same name arrive joined by commas, unlike bytes. */
function impersonationOf({ metadata }: WireCall): ImpersonationMetadata {
  const found: Record<string, string[]> = {};
  for (const key of Object.keys(metadata.getMap())) {
    if (!key.startsWith(impersonationPrefix)) continue;
    const name = key.endsWith(bytesSuffix) ? key.slice(0, -bytesSuffix.length) : key;
    const isOne = name !== key || name === userKey || name === uidKey;
    const values = metadata.get(key).map(String);
    found[name] = [...(found[name] ?? []), ...(isOne ? values : values.flatMap((value) => value.split(/\s*,\s*/)))];
  }
  return found;
}

/** The token in the metadata `authorization`. */
function bearerToken({ metadata }: WireCall): string | undefined {
  const [shown] = metadata.get("authorization");
  return typeof shown === "string" ? /^bearer\s+(\S+)$/i.exec(shown.trim())?.[1] : undefined;
}

function* allRoutes(router: Router, health: Health): Iterable<Route> {
  yield* router.routes();
  const own = new Router();
  health.addTo(own);
  addReflection(own, router);
  yield* own.routes();
}

function register(server: Server, serving: Serving, route: Route): void {
  const path = routePath(route.service, route.method);
  const same = (bytes: Buffer) => bytes;
  if (route.method.requestStream) server.register(path, serveDuplex(serving, route), same, same, "bidi");
  else if (route.method.responseStream)
    server.register(path, serveServerStream(serving, route), same, same, "serverStream");
  else server.register(path, serveUnary(serving, route), same, same, "unary");
}

function listen(listener: NetServer, options: GrpcServerOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    listener.once("error", reject);
    const { path, port, host } = options;
    listener.listen(path === undefined ? { port, host } : { path }, () => {
      listener.removeListener("error", reject);
      listener.on("error", (error) => options.logger.error({ err: error }, "accepting a connection failed"));
      const address = listener.address();
      resolve(typeof address === "object" && address ? address.port : options.port);
    });
  });
}

async function close(server: Server, listener: NetServer, serving: Serving, health: Health): Promise<void> {
  health.close();
  listener.close();
  const stopping = new StatusError("ServiceUnavailable", "the server is stopping");
  for (const call of serving.open) call.abort(stopping);
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, closeGraceMs);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
  server.forceShutdown();
}
