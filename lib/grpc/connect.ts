import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import {
  ChannelCredentials,
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ClientUnaryCall,
  Metadata,
  type ServiceError,
  type CallOptions as WireOptions,
} from "@grpc/grpc-js";
import { onAbort } from "../base/abort.ts";
import { StatusError } from "../base/status-error.ts";
import { defaultUnaryTimeoutMs } from "./call-observer.ts";
import { channelOptions } from "./channel-options.ts";
import { addText } from "./metadata-texts.ts";
import type { MethodDefinition, ServiceDefinition } from "./method.ts";
import { routePath } from "./router.ts";
import { detailsKey, fromGrpcFailure } from "./status.ts";
import type { CallOptions, Transport } from "./transport.ts";
import { warningsIn } from "./warnings.ts";

/** PEM texts: whom to believe, and who we are. */
export interface ClientTls {
  ca: string;
  cert?: string;
  key?: string;
  /** The name that the server's certificate is checked for, when it is not the address. */
  serverName?: string;
}

export interface ConnectOptions {
  /** `host:port`, or `unix:/path` of a socket. */
  address: string;
  /** Plain text when absent. */
  tls?: ClientTls;
  /** The bearer token to show, asked for at every call: it may change. Only over TLS. */
  token?: () => string | Promise<string>;
  /** What else every call tells, by lower-case names; what no text there can have is told as bytes. */
  metadata?: Readonly<Record<string, readonly string[]>>;
  /** Gets what the server tells besides its answers, of calls that do not say themselves who gets it. */
  onWarning?: (text: string) => void;
}

/** A transport over one long-lived connection, made at the first call and made again whenever it breaks. */
export function connect(options: ConnectOptions): Transport {
  return new GrpcTransport(options);
}

type Call = Pick<ClientUnaryCall, "on"> | ClientReadableStream<unknown>;

interface OpenCall {
  cancel(): void;
}

class GrpcTransport implements Transport {
  readonly #client: Client;
  readonly #open = new Set<OpenCall>();
  readonly #token: (() => string | Promise<string>) | undefined;
  /** What calls tell that show no token. */
  readonly #plain: Metadata;
  readonly #onWarning: ((text: string) => void) | undefined;
  #closed = false;

  constructor({ address, tls, token, metadata = {}, onWarning }: ConnectOptions) {
    if (token && !tls) throw new TypeError("a token is shown only over TLS");
    this.#token = token;
    this.#plain = new Metadata();
    for (const [name, values] of Object.entries(metadata))
      for (const value of values) addText(this.#plain, name, value);
    this.#onWarning = onWarning;
    const host = tls?.serverName ?? hostOf(address);
    const named = tls ? { "grpc.ssl_target_name_override": isIP(host) ? nameForAddresses : host } : {};
    const options = address.startsWith("unix:") ? channelOptions.localClient : channelOptions.client;
    this.#client = new Client(address, credentialsOf(tls, host), { ...options, ...named });
  }

  /** Without waiting where nothing is to be waited for. */
  #metadata(): Metadata | Promise<Metadata> {
    if (!this.#token) return this.#plain;
    try {
      const token = this.#token();
      return token instanceof Promise ? token.then((text) => this.#showing(text)) : this.#showing(token);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #showing(token: string): Metadata {
    const metadata = this.#plain.clone();
    metadata.set("authorization", `Bearer ${token}`);
    return metadata;
  }

  unary<Req, Res>(
    service: ServiceDefinition,
    method: MethodDefinition<Req, Res>,
    request: Req,
    options: CallOptions = {},
  ): Promise<Res> {
    const metadata = this.#metadata();
    if (!(metadata instanceof Promise)) return this.#unary(service, method, request, options, metadata);
    return metadata.then((told) => this.#unary(service, method, request, options, told));
  }

  #unary<Req, Res>(
    service: ServiceDefinition,
    method: MethodDefinition<Req, Res>,
    request: Req,
    options: CallOptions,
    metadata: Metadata,
  ): Promise<Res> {
    return new Promise((resolve, reject) => {
      this.#check(options.signal);
      const wire = wireOptions(options.timeoutMs ?? defaultUnaryTimeoutMs);
      const done = (error: ServiceError | null, answer?: Res) => {
        forget();
        this.#open.delete(call);
        if (error) reject(this.#failure(error, options.signal));
        else if (answer === undefined) reject(new StatusError("InternalError", "the server answered nothing"));
        else resolve(answer);
      };
      const path = routePath(service, method);
      const call = withoutStacks(() =>
        this.#client.makeUnaryRequest(path, encoder(method), decoder(method), request, metadata, wire, done),
      );
      this.#open.add(call);
      this.#listen(call, options);
      const forget = onAbort(options.signal, () => call.cancel());
    });
  }

  async *serverStream<Req, Res>(
    service: ServiceDefinition,
    method: MethodDefinition<Req, Res>,
    request: Req,
    options: CallOptions = {},
  ): AsyncGenerator<Res> {
    this.#check(options.signal);
    const path = routePath(service, method);
    const wire = wireOptions(options.timeoutMs);
    const metadata = await this.#metadata();
    const call = this.#client.makeServerStreamRequest(path, encoder(method), decoder(method), request, metadata, wire);
    this.#listen(call, options);
    yield* this.#answers(call, options.signal);
  }

  async *duplex<Req, Res>(
    service: ServiceDefinition,
    method: MethodDefinition<Req, Res>,
    requests: AsyncIterable<Req>,
    options: CallOptions = {},
  ): AsyncGenerator<Res> {
    this.#check(options.signal);
    const path = routePath(service, method);
    const wire = wireOptions(options.timeoutMs);
    const metadata = await this.#metadata();
    const call = this.#client.makeBidiStreamRequest(path, encoder(method), decoder(method), metadata, wire);
    this.#listen(call, options);
    const sending = new Sending(requests, call);
    try {
      yield* this.#answers(call, options.signal);
    } catch (error) {
      throw sending.failure?.error ?? error;
    } finally {
      sending.stop();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const call of this.#open) call.cancel();
    this.#client.close();
  }

  async *#answers<Res>(call: ClientReadableStream<Res>, signal: AbortSignal | undefined): AsyncGenerator<Res> {
    // An error that comes when nobody reads any more has no other place to go.
    call.on("error", () => {});
    this.#open.add(call);
    const forget = onAbort(signal, () => call.cancel());
    try {
      for await (const answer of call.iterator({ destroyOnReturn: false })) {
        signal?.throwIfAborted();
        yield answer;
      }
    } catch (error) {
      throw this.#failure(error, signal);
    } finally {
      forget();
      this.#open.delete(call);
      call.cancel();
    }
  }

  #listen(call: Call, { onWarning = this.#onWarning }: CallOptions): void {
    if (onWarning) call.on("status", ({ metadata }) => warningsIn(metadata).forEach(onWarning));
  }

  #check(signal: AbortSignal | undefined): void {
    signal?.throwIfAborted();
    if (this.#closed) throw closedError();
  }

  #failure(error: unknown, signal: AbortSignal | undefined): unknown {
    if (signal?.aborted) return signal.reason;
    if (this.#closed) return closedError();
    if (!isServiceError(error)) return error;
    const [details] = error.metadata.get(detailsKey);
    return fromGrpcFailure(error.code, error.details, Buffer.isBuffer(details) ? details : undefined);
  }
}

/** Writes the requests of a duplex call, no faster than the server reads. */
class Sending<Req> {
  readonly #call: ClientDuplexStream<Req, unknown>;
  readonly #requests: AsyncIterator<Req>;
  #stopped = false;
  /** What the caller's own stream threw. */
  failure: { error: unknown } | undefined;

  constructor(requests: AsyncIterable<Req>, call: ClientDuplexStream<Req, unknown>) {
    this.#call = call;
    this.#requests = requests[Symbol.asyncIterator]();
    void this.#run();
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#call.emit("drain");
    Promise.resolve(this.#requests.return?.()).catch(() => {});
  }

  async #run(): Promise<void> {
    try {
      for (let step = await this.#requests.next(); !step.done; step = await this.#requests.next()) {
        if (this.#stopped) return;
        if (!this.#call.write(step.value)) await new Promise<void>((resolve) => this.#call.once("drain", resolve));
      }
      if (!this.#stopped) this.#call.end();
    } catch (error) {
      this.failure = { error };
      this.#call.cancel();
    }
  }
}

/** grpc-js takes a stack trace at the start of each call, at a tenth of the call's cost; our errors have their own. */
function withoutStacks<T>(begin: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return begin();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** What is sent as server name to a server that is known by its address, as TLS allows only names there. */
const nameForAddresses = "typernetes.local";

/** `host` is what the server's certificate has to be for: a name or an address. */
function credentialsOf(tls: ClientTls | undefined, host: string): ChannelCredentials {
  if (!tls) return ChannelCredentials.createInsecure();
  const key = tls.key === undefined ? null : Buffer.from(tls.key);
  const cert = tls.cert === undefined ? null : Buffer.from(tls.cert);
  return ChannelCredentials.createSsl(Buffer.from(tls.ca), key, cert, {
    checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate),
  });
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(":")).replace(/^\[(.*)\]$/, "$1");
}

function wireOptions(timeoutMs: number | undefined): WireOptions {
  return timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
}

function encoder<Req, Res>(method: MethodDefinition<Req, Res>): (request: Req) => Buffer {
  return (request) => {
    const bytes = method.requestType.encode(request).finish();
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
}

function decoder<Req, Res>(method: MethodDefinition<Req, Res>): (bytes: Buffer) => Res {
  return (bytes) => method.responseType.decode(bytes);
}

function closedError(): StatusError {
  return new StatusError("ServiceUnavailable", "the transport is closed");
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && "code" in error && typeof error.code === "number" && "metadata" in error;
}
