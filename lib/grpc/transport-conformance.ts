import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { type ConfigMap, ConfigMapServiceDefinition } from "../../gen/typernetes/core/v1/config_map.ts";
import { PodServiceDefinition } from "../../gen/typernetes/core/v1/pod.ts";
import { onAbort } from "../base/abort.ts";
import { isStatusError, StatusError } from "../base/status-error.ts";
import type { Logger } from "../observe/logger.ts";
import { type CallContext, EncodedMessage, Router } from "./router.ts";
import type { Transport } from "./transport.ts";

/** One way to reach a router. */
export interface TransportSetup {
  connect(router: Router, logger: Logger): Promise<Transport>;
  close(): Promise<void>;
}

/** What every transport has to do, whatever is between the two ends. */
export function transportConformance(setup: () => TransportSetup): void {
  const service = new RecordingService();
  let transport: Transport;
  let ways: TransportSetup;

  before(async () => {
    ways = setup();
    transport = await ways.connect(service.router(), service.logger);
  });
  afterEach(() => service.reset());
  after(async () => {
    await transport.close();
    await ways.close();
  });

  const pods = PodServiceDefinition;
  const maps = ConfigMapServiceDefinition;
  const get = (name: string, options = {}) => transport.unary(maps, maps.methods.get, { name }, options);
  const watch = (name: string, options = {}) =>
    transport.serverStream(maps, maps.methods.watch, { namespace: name }, options);
  /** The time may be up before a busy process has sent the call: then there is more of it. */
  const timesOut = async (name: string, call: (timeoutMs: number) => Promise<unknown>) => {
    for (let timeoutMs = 50; !service.hasStarted(name); timeoutMs *= 2) {
      const error = await failure(call(timeoutMs));
      assert.equal(error.reason, "Timeout");
    }
  };

  test("a unary call gets the handler's answer, and the handler the caller's identity", async () => {
    const answer = await get("plain");
    assert.deepEqual(answer, { metadata: { name: "plain" }, data: { user: "alice" } });
  });

  test("a message that is encoded already arrives whole", async () => {
    assert.deepEqual(await get("encoded"), { metadata: { name: "encoded" } });
  });

  test("a handler may change its request without its caller noticing", async () => {
    const object: ConfigMap = Object.freeze({ metadata: Object.freeze({ name: "mine" }) });
    const answer = await transport.unary(maps, maps.methods.create, { object });
    assert.equal(answer.metadata?.name, "changed");
    assert.equal(object.metadata?.name, "mine");
  });

  test("messages far larger than gRPC's usual limit go both ways", async () => {
    const object: ConfigMap = { data: { big: "x".repeat(12 * 1024 * 1024) } };
    const answer = await transport.unary(maps, maps.methods.update, { object });
    assert.equal(answer.data?.["big"]?.length, 12 * 1024 * 1024);
    assert.equal((await get("large")).data?.["big"]?.length, 20 * 1024 * 1024);
  });

  test("an error keeps its reason, code, message and details", async () => {
    const error = await failure(get("conflict"));
    assert.equal(error.reason, "Invalid");
    assert.equal(error.code, 422);
    assert.equal(error.message, 'ConfigMap "ü" is invalid');
    assert.deepEqual(error.details, {
      name: "ü",
      kind: "ConfigMap",
      causes: [{ reason: "FieldValueRequired", message: "Required value", field: "data" }],
      retryAfterSeconds: 3,
    });
  });

  test("an error with thousands of causes still arrives with its reason", async () => {
    const error = await failure(get("many-causes"));
    assert.equal(error.reason, "Invalid");
    assert.ok((error.details.causes?.length ?? 0) > 50);
  });

  test("an unexpected error becomes InternalError and is logged once with its stack", async () => {
    const error = await failure(get("bug"));
    assert.equal(error.reason, "InternalError");
    assert.equal(service.logged.length, 1);
    assert.match(String((service.logged[0] as { err: Error }).err.stack), /a bug/);
  });

  test("what a handler tells besides its answer arrives, whatever the answer is", async () => {
    const told: string[] = [];
    const onWarning = (text: string) => void told.push(text);
    await get("warned", { onWarning });
    assert.deepEqual(told.splice(0), ["be careful", "naïve"]);
    await failure(get("warned-failure", { onWarning }));
    assert.deepEqual(told.splice(0), ["be careful", "naïve"]);
    for await (const _ of watch("warned", { onWarning }));
    assert.deepEqual(told, ["be careful", "naïve"]);
    await get("warned");
  });

  test("a method that nobody serves is MethodNotAllowed", async () => {
    const error = await failure(transport.unary(maps, maps.methods.delete, { name: "x" }));
    assert.equal(error.reason, "MethodNotAllowed");
  });

  test("a unary call ends with its signal's reason, and the handler is told", async () => {
    const abort = new AbortController();
    const reason = new Error("no longer wanted");
    const answer = get("hang", { signal: abort.signal });
    await service.started("hang");
    abort.abort(reason);
    await assert.rejects(answer, (error) => error === reason);
    await service.ended("hang");
  });

  test("a call with a signal that has aborted already does not begin", async () => {
    const reason = new Error("gone before");
    await assert.rejects(get("plain", { signal: AbortSignal.abort(reason) }), (error) => error === reason);
  });

  test("a unary call that takes too long fails with Timeout, and the handler is told", async () => {
    await timesOut("hang", (timeoutMs) => get("hang", { timeoutMs }));
    await service.ended("hang");
  });

  test("a stream delivers everything in order and ends", async () => {
    const seen: unknown[] = [];
    for await (const batch of watch("count")) seen.push(batch.events?.[0]?.object?.metadata?.name);
    assert.deepEqual(
      seen,
      Array.from({ length: 200 }, (_, i) => String(i)),
    );
  });

  test("a stream that fails delivers what came before the error", async () => {
    const seen: unknown[] = [];
    const error = await failure(
      (async () => {
        for await (const batch of watch("break")) seen.push(batch);
      })(),
    );
    assert.equal(error.reason, "Expired");
    assert.equal(error.code, 410);
    assert.equal(seen.length, 3);
  });

  test("leaving a stream ends its handler", async () => {
    for await (const _ of watch("endless")) break;
    await service.ended("endless");
  });

  test("a stream's signal ends a waiting consumer with its reason, and the handler", async () => {
    const abort = new AbortController();
    const reason = new Error("enough");
    const reading = (async () => {
      for await (const _ of watch("silent", { signal: abort.signal })) assert.fail("nothing was sent");
    })();
    await service.started("silent");
    abort.abort(reason);
    await assert.rejects(reading, (error) => error === reason);
    await service.ended("silent");
  });

  test("a stream has no time limit unless it is given one", async () => {
    await timesOut("silent", async (timeoutMs) => {
      for await (const _ of watch("silent", { timeoutMs })) assert.fail("nothing was sent");
    });
    await service.ended("silent");
  });

  test("a slow consumer holds its producer back", async () => {
    const stream = watch("flood")[Symbol.asyncIterator]();
    await stream.next();
    const produced = await service.standstill();
    assert.ok(produced < 300, `${produced} large messages were made for a consumer that read one`);
    await stream.return?.();
    await service.ended("flood");
  });

  test("a duplex call streams both ways at once", async () => {
    const turns: string[] = [];
    const outbox = turnByTurn(["a", "b", "c"], turns);
    for await (const answer of transport.duplex(pods, pods.methods.exec, outbox.requests)) {
      turns.push(`got ${Buffer.from(answer.stdout ?? []).toString()}`);
      outbox.next();
    }
    assert.deepEqual(turns, ["sent a", "got A", "sent b", "got B", "sent c", "got C"]);
  });

  test("a duplex handler that fails ends the call, even while its caller has nothing to send", async () => {
    const outbox = turnByTurn(["fail", "never"], []);
    const error = await failure(
      (async () => {
        for await (const _ of transport.duplex(pods, pods.methods.exec, outbox.requests))
          assert.fail("nothing was sent");
      })(),
    );
    assert.equal(error.reason, "BadRequest");
  });

  test("a caller whose own requests fail gets that error, and the handler ends", async () => {
    const reason = new Error("out of words");
    async function* requests() {
      yield { stdin: Buffer.from("a") };
      throw reason;
    }
    const reading = (async () => {
      for await (const _ of transport.duplex(pods, pods.methods.exec, requests()));
    })();
    await assert.rejects(reading, (error) => error === reason);
    await service.ended("exec");
  });

  test("leaving a duplex call ends its handler", async () => {
    const outbox = turnByTurn(["a", "b"], []);
    for await (const _ of transport.duplex(pods, pods.methods.exec, outbox.requests)) break;
    await service.ended("exec");
  });

  test("closing the transport ends open calls and refuses new ones", async () => {
    const other = await ways.connect(service.router(), service.logger);
    const answer = other.unary(maps, maps.methods.get, { name: "hang" });
    const ended = failure(answer);
    await service.started("hang");
    await other.close();
    assert.equal((await ended).reason, "ServiceUnavailable");
    assert.equal((await failure(other.unary(maps, maps.methods.get, { name: "plain" }))).reason, "ServiceUnavailable");
  });
}

/** The error that a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<StatusError> {
  try {
    await promise;
  } catch (error) {
    if (isStatusError(error)) return error;
    throw error;
  }
  throw new Error("expected a failure");
}

/** Requests that go out one by one, each after one more call of `next`; the first at once. */
function turnByTurn(words: string[], turns: string[]) {
  let permits = 1;
  let wake = () => {};
  async function* requests() {
    for (const word of [...words, undefined]) {
      if (permits === 0) await new Promise<void>((resolve) => (wake = resolve));
      permits--;
      if (word === undefined) return;
      turns.push(`sent ${word}`);
      yield { stdin: Buffer.from(word) };
    }
  }
  const next = () => {
    permits++;
    wake();
  };
  return { requests: requests(), next };
}

/** Services whose behaviour goes by the name that is asked for, and which remember what happened to them. */
/** Handed on by itself, as services do. */
function warnTwice({ warn }: CallContext): void {
  warn?.("be careful");
  warn?.("naïve");
}

class RecordingService {
  logged: object[] = [];
  produced = 0;
  #started = new Set<string>();
  #ended = new Set<string>();
  #changed = () => {};

  readonly logger: Logger = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (fields) => void this.logged.push(fields),
    child: () => this.logger,
  };

  router(): Router {
    return new Router()
      .add(ConfigMapServiceDefinition, {
        get: (request, context) => this.#get(request.name ?? "", context),
        create: async ({ object }) => {
          if (object?.metadata) object.metadata.name = "changed";
          return object ?? {};
        },
        update: async ({ object }) => object ?? {},
        watch: (request, context) => this.#watch(request.namespace ?? "", context),
      })
      .add(PodServiceDefinition, { exec: (requests) => this.#exec(requests) });
  }

  reset(): void {
    this.logged = [];
    this.produced = 0;
    this.#started.clear();
    this.#ended.clear();
  }

  hasStarted(name: string): boolean {
    return this.#started.has(name);
  }

  started(name: string): Promise<void> {
    return this.#until(() => this.#started.has(name));
  }

  ended(name: string): Promise<void> {
    return this.#until(() => this.#ended.has(name));
  }

  /** How many messages were made when no more are, for 200 ms. */
  async standstill(): Promise<number> {
    for (let before = -1; before !== this.produced; ) {
      before = this.produced;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    return this.produced;
  }

  async #until(condition: () => boolean): Promise<void> {
    let isLate = false;
    const late = setTimeout(() => {
      isLate = true;
      this.#changed();
    }, 60_000);
    while (!condition()) {
      assert.ok(!isLate, "the condition never came true");
      await new Promise<void>((resolve) => (this.#changed = resolve));
    }
    clearTimeout(late);
  }

  #note(names: Set<string>, name: string): void {
    names.add(name);
    this.#changed();
  }

  async #get(name: string, context: CallContext): Promise<ConfigMap | EncodedMessage<ConfigMap>> {
    if (name === "encoded") {
      const value = Object.freeze({ metadata: { name } });
      return new EncodedMessage(
        () => ConfigMapServiceDefinition.methods.get.responseType.encode(value).finish(),
        () => value,
      );
    }
    if (name === "large") return { data: { big: "x".repeat(20 * 1024 * 1024) } };
    if (name === "conflict")
      throw invalid([{ reason: "FieldValueRequired", message: "Required value", field: "data" }]);
    if (name === "many-causes") {
      throw invalid(Array.from({ length: 5_000 }, (_, i) => ({ message: "Required value", field: `data[${i}]` })));
    }
    if (name.startsWith("warned")) warnTwice(context);
    if (name === "warned-failure") throw new StatusError("Forbidden", "no");
    if (name === "bug") throw new TypeError("a bug");
    if (name === "hang") await this.#aborted(name, context.signal);
    return { metadata: { name }, data: { user: context.identity.user } };
  }

  async #aborted(name: string, signal: AbortSignal): Promise<void> {
    this.#note(this.#started, name);
    await new Promise<void>((resolve) => onAbort(signal, resolve));
    this.#note(this.#ended, name);
    signal.throwIfAborted();
  }

  async *#watch(name: string, context: CallContext) {
    const { signal } = context;
    if (name === "warned") warnTwice(context);
    const batch = (object: ConfigMap) => ({ events: [{ type: "ADDED", object }] });
    try {
      if (name === "count") for (let i = 0; i < 200; i++) yield batch({ metadata: { name: String(i) } });
      if (name === "break") {
        for (let i = 0; i < 3; i++) yield batch({});
        throw new StatusError("Expired", "too old resource version: 1 (2)");
      }
      if (name === "endless") for (;;) yield batch({});
      if (name === "flood") {
        for (; ; this.produced++) yield batch({ data: { big: "x".repeat(100_000) } });
      }
      if (name === "silent") await this.#aborted(name, signal);
    } finally {
      this.#note(this.#ended, name);
    }
  }

  async *#exec(requests: AsyncIterable<{ stdin?: Uint8Array | undefined }>) {
    try {
      for await (const { stdin } of requests) {
        const text = Buffer.from(stdin ?? []).toString();
        if (text === "fail") throw new StatusError("BadRequest", "not that");
        yield { stdout: Buffer.from(text.toUpperCase()) };
      }
    } finally {
      this.#note(this.#ended, "exec");
    }
  }
}

function invalid(causes: { reason?: string; message: string; field: string }[]): StatusError {
  const details = { name: "ü", kind: "ConfigMap", causes, retryAfterSeconds: 3 };
  return new StatusError("Invalid", 'ConfigMap "ü" is invalid', details);
}
