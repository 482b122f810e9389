import type { IKeyValue, IPutRequest, IRangeRequest, IRangeResponse, ITxnRequest, ITxnResponse } from "etcd3";
import { backoffDelay } from "../../base/backoff.ts";
import { systemClock } from "../../base/clock.ts";
import { StoreError } from "../store.ts";
import type { EtcdClient } from "./etcd-client.ts";
import { etcdError } from "./etcd-error.ts";
import { FailedCall } from "./failed-call.ts";

const repeatsMax = 3;
const retry = { initialMs: 100, maxMs: 1_000, factor: 3, jitter: 0.5 };

/**
 * Calls to etcd, each with a deadline and with the store's errors. Within it a call that never left is repeated a few
 * times, and so is one that only reads; a write that may have happened is not. Knows which are under way.
 */
export class EtcdCalls {
  readonly endpoints: readonly string[];
  readonly #client: EtcdClient;
  readonly #timeoutMs: number;
  readonly #underWay = new Set<Promise<unknown>>();
  #closed = false;

  constructor(client: EtcdClient, endpoints: readonly string[], timeoutMs: number) {
    this.#client = client;
    this.endpoints = endpoints;
    this.#timeoutMs = timeoutMs;
  }

  range(request: IRangeRequest): Promise<IRangeResponse> {
    return this.#call((options) => this.#client.kv.range(request, options), mayReadAgain);
  }

  transaction(request: ITxnRequest): Promise<ITxnResponse> {
    return this.#call((options) => this.#client.kv.txn(request, options));
  }

  /** The revision of the put. */
  async put(request: IPutRequest): Promise<number> {
    const { header } = await this.#call((options) => this.#client.kv.put(request, options));
    return Number(header.revision);
  }

  async compact(revision: number): Promise<void> {
    await this.#call((options) => this.#client.kv.compact({ revision }, options));
  }

  /** A new lease's id. */
  async grantLease(ttlSeconds: number): Promise<string> {
    const request = { TTL: Math.max(1, Math.ceil(ttlSeconds)) };
    const { ID } = await this.#call((options) => this.#client.lease.leaseGrant(request, options));
    return ID;
  }

  async revokeLease(id: string): Promise<void> {
    await this.#call((options) => this.#client.lease.leaseRevoke({ ID: id }, options));
  }

  async status(): Promise<{ version: string; sizeBytes: number; revision: number }> {
    const { version, dbSize, header } = await this.#call(
      (options) => this.#client.maintenance.status(options),
      mayReadAgain,
    );
    return { version, sizeBytes: Number(dbSize), revision: Number(header.revision) };
  }

  /** Refuses further calls at once, and resolves when those under way are answered. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#underWay);
  }

  /** What `work` resolves with, if it does so in the time that a call has. */
  async inTime<T>(work: Promise<T>, what: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(etcdError(`${what}: no answer within ${this.#timeoutMs} ms`, this.endpoints)),
        this.#timeoutMs,
      );
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #call<T>(work: Call<T>, mayRepeat = wasNeverSent): Promise<T> {
    const deadline = Date.now() + this.#timeoutMs;
    let before: FailedCall | undefined;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#attempt(work, deadline);
      } catch (error) {
        const delayMs = backoffDelay(attempt, retry);
        if (attempt >= repeatsMax || !mayRepeat(error) || Date.now() + delayMs >= deadline) {
          throw etcdError(error instanceof FailedCall ? error.after(before) : error, this.endpoints);
        }
        if (error instanceof FailedCall) before = error;
        await systemClock.sleep(delayMs);
      }
    }
  }

  async #attempt<T>(work: Call<T>, deadline: number): Promise<T> {
    if (this.#closed) throw new StoreError("Closed", "the store is closed");
    const call = work({ deadline });
    this.#underWay.add(call);
    try {
      return await call;
    } finally {
      this.#underWay.delete(call);
    }
  }
}

type Call<T> = (options: { deadline: number }) => Promise<T>;

function wasNeverSent(error: unknown): boolean {
  return error instanceof FailedCall && error.wasNeverSent;
}

function mayReadAgain(error: unknown): boolean {
  return error instanceof FailedCall && error.isUnavailable;
}

/** A key and value of etcd as the store's entry. */
export function toEntry({ key, value, mod_revision }: IKeyValue) {
  return { key: key.toString("utf8"), value, revision: Number(mod_revision) };
}
