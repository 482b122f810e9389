import type { Lease } from "../../gen/typernetes/coordination/v1/lease.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { rfc3339Micro } from "../base/rfc3339.ts";
import { isStatusError } from "../base/status-error.ts";
import { type Logger, silentLogger } from "../observe/logger.ts";
import type { ResourceClient } from "./resource-client.ts";

export interface LeaderElectionSettings {
  leases: ResourceClient<Lease>;
  /** `kube-system` when absent. */
  namespace?: string;
  /** Of the lease: `kube-scheduler`, `kube-controller-manager`. */
  name: string;
  /** Of this candidate: unique, such as host name and random text. */
  identity: string;
  /** Another may take over when the holder has not renewed for this long; 15 s when absent. */
  leaseDurationMs?: number;
  /** Who cannot renew for this long gives up; 10 s when absent. */
  renewDeadlineMs?: number;
  /** 2 s when absent. */
  retryPeriodMs?: number;
  clock?: Clock;
  random?: () => number;
  logger?: Logger;
  /** Called when this candidate leads; `signal` aborts when it does no longer. Its end does not end the leadership. */
  lead(signal: AbortSignal): Promise<void>;
}

export interface LeaderElection {
  readonly leading: boolean;
  /** Stops leading, waits for `lead` to end, and gives the lease back, so that another can take over at once. Idempotent. */
  stop(): Promise<void>;
}

/** Stands for election until stopped; who loses the lease stands again. */
export function startLeaderElection(settings: LeaderElectionSettings): LeaderElection {
  const election = new LeaseElection(settings);
  election.start();
  return election;
}

/** As client-go, candidates spread their attempts. */
const jitterFactor = 1.2;

/** A lease is given back against one renewal of our own that is still under way, and no more. */
const releasesMax = 3;
const releaseTimeoutMs = 2_000;
const neverAborts = new AbortController().signal;

class LeaseElection implements LeaderElection {
  readonly #settings: LeaderElectionSettings;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #logger: Logger;
  readonly #leaseDurationMs: number;
  readonly #renewDeadlineMs: number;
  readonly #retryPeriodMs: number;
  readonly #stopping = new AbortController();
  /** The lease as it was last seen, and when by our own clock: other machines' clocks are not to be trusted. */
  #observed: { lease: Lease; at: number } | undefined;
  /** Whether the lease has to be read before it is written again. */
  #stale = false;
  #running: Promise<void> | undefined;
  #leading = false;

  constructor(settings: LeaderElectionSettings) {
    this.#settings = settings;
    this.#clock = settings.clock ?? systemClock;
    this.#random = settings.random ?? Math.random;
    this.#logger = (settings.logger ?? silentLogger).child({ lease: settings.name, identity: settings.identity });
    this.#leaseDurationMs = settings.leaseDurationMs ?? 15_000;
    this.#renewDeadlineMs = settings.renewDeadlineMs ?? 10_000;
    this.#retryPeriodMs = settings.retryPeriodMs ?? 2_000;
  }

  get leading(): boolean {
    return this.#leading;
  }

  start(): void {
    this.#running ??= this.#run(this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error("the candidate was stopped"));
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (await this.#acquire(signal)) await this.#lead(signal);
    }
  }

  async #acquire(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      if (await this.#tryToHold(signal)) return true;
      await this.#pause(this.#retryPeriodMs * (1 + (jitterFactor - 1) * this.#random()), signal);
    }
    return false;
  }

  async #lead(stopping: AbortSignal): Promise<void> {
    this.#leading = true;
    this.#logger.info({}, "became leader");
    const term = new AbortController();
    const leading = this.#settings.lead(term.signal).catch((error: unknown) => {
      if (!term.signal.aborted) this.#logger.error({ err: error }, "the leader's work failed");
    });
    await this.#renew(stopping);
    this.#leading = false;
    this.#logger.info({}, "stopped leading");
    term.abort(new Error("no longer the leader"));
    await leading;
    if (stopping.aborted) await this.#release();
  }

  /** Returns when the lease could not be renewed in time, or the candidate is stopped. */
  async #renew(signal: AbortSignal): Promise<void> {
    let renewedAt = this.#clock.monotonic();
    while (!signal.aborted) {
      await this.#pause(this.#retryPeriodMs, signal);
      const left = renewedAt + this.#renewDeadlineMs - this.#clock.monotonic();
      if (left <= 0 || signal.aborted) return;
      const before = this.#clock.monotonic();
      if (await this.#tryToHold(signal, left)) renewedAt = before;
      else if (!this.#isOurs()) return;
    }
  }

  /** Whether we hold the lease after one attempt to take or renew it. Never throws. */
  async #tryToHold(signal: AbortSignal, timeoutMs = this.#renewDeadlineMs): Promise<boolean> {
    try {
      const lease = this.#held() ?? (await this.#read(signal, timeoutMs));
      if (lease && !this.#mayTake(lease)) return false;
      this.#observe(await this.#write(lease, signal, timeoutMs));
      return true;
    } catch (error) {
      const lost = isStatusError(error, "Conflict", "AlreadyExists");
      this.#stale = true;
      if (!signal.aborted && !lost) this.#logger.warn({ err: error }, "the lease could not be renewed");
      return false;
    }
  }

  async #read(signal: AbortSignal, timeoutMs: number): Promise<Lease | undefined> {
    const { leases, name } = this.#settings;
    try {
      const lease = await leases.get(name, { namespace: this.#namespace, signal, timeoutMs });
      this.#observe(lease);
      return lease;
    } catch (error) {
      if (isStatusError(error, "NotFound")) return undefined;
      throw error;
    }
  }

  #write(lease: Lease | undefined, signal: AbortSignal, timeoutMs: number): Promise<Lease> {
    const { leases, name, identity } = this.#settings;
    const held = lease?.spec?.holderIdentity === identity;
    const now = rfc3339Micro(this.#clock.now());
    const transitions = lease?.spec?.leaseTransitions ?? 0;
    const spec = {
      ...lease?.spec,
      holderIdentity: identity,
      leaseDurationSeconds: Math.round(this.#leaseDurationMs / 1000),
      acquireTime: held ? lease?.spec?.acquireTime : now,
      renewTime: now,
      leaseTransitions: lease && !held ? transitions + 1 : transitions,
    };
    const call = { signal, timeoutMs };
    if (lease) return leases.update({ ...lease, spec }, call);
    return leases.create({ metadata: { name, namespace: this.#namespace }, spec }, call);
  }

  /** Our own lease as we wrote it: the usual renewal need not read it first. */
  #held(): Lease | undefined {
    return this.#isOurs() && !this.#stale ? this.#observed?.lease : undefined;
  }

  #observe(lease: Lease): void {
    this.#stale = false;
    const { resourceVersion } = lease.metadata ?? {};
    if (this.#observed?.lease.metadata?.resourceVersion === resourceVersion) return;
    this.#observed = { lease, at: this.#clock.monotonic() };
  }

  #isOurs(): boolean {
    return this.#observed?.lease.spec?.holderIdentity === this.#settings.identity;
  }

  /** Free, ours, or not renewed for as long as its holder promised to. */
  #mayTake(lease: Lease): boolean {
    const { holderIdentity, leaseDurationSeconds } = lease.spec ?? {};
    if (!holderIdentity || holderIdentity === this.#settings.identity) return true;
    const promisedMs = (leaseDurationSeconds ?? this.#leaseDurationMs / 1000) * 1000;
    return this.#observed !== undefined && this.#clock.monotonic() >= this.#observed.at + promisedMs;
  }

  async #release(): Promise<void> {
    try {
      for (let attempt = 1; this.#isOurs(); attempt++) {
        if (await this.#giveBack(attempt === releasesMax)) return;
        // A renewal that was broken off may have been written all the same.
        await this.#read(neverAborts, releaseTimeoutMs);
      }
    } catch (error) {
      this.#logger.warn({ err: error }, "the lease could not be given back");
    }
  }

  /** False when somebody has written the lease since we saw it; the last attempt throws then. */
  async #giveBack(isLast: boolean): Promise<boolean> {
    const lease = this.#observed?.lease;
    const now = rfc3339Micro(this.#clock.now());
    const spec = { ...lease?.spec, holderIdentity: "", leaseDurationSeconds: 1, renewTime: now, acquireTime: now };
    try {
      await this.#settings.leases.update({ ...lease, spec }, { timeoutMs: releaseTimeoutMs });
      return true;
    } catch (error) {
      if (isLast || !isStatusError(error, "Conflict")) throw error;
      return false;
    }
  }

  get #namespace(): string {
    return this.#settings.namespace ?? "kube-system";
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    await this.#clock.sleep(ms, signal).catch(() => {});
  }
}
