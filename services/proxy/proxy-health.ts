import type { Node } from "../../gen/typernetes/core/v1/node.ts";
import type { Clock } from "../../lib/base/clock.ts";
import { createMetrics } from "../../lib/observe/metrics.ts";

/** The cluster autoscaler is about to remove a node that has it. */
const removalTaint = "ToBeDeletedByClusterAutoscaler";

/** How the proxy is at one moment. */
export interface Look {
  /** What changed has been programmed, or has not waited long. */
  isAlive: boolean;
  /** The node stays, and may get traffic. */
  isEligible: boolean;
  /** When the node was last brought up to date. */
  lastUpdatedMs: number | undefined;
  nowMs: number;
}

/** Notes how programming goes, for those who ask whether the proxy works, and as figures. */
export class ProxyHealth {
  readonly #clock: Clock;
  readonly #waitMsMax: number;
  readonly #metrics = createMetrics("kubeproxy");
  readonly #durations = this.#metrics.histogram(
    "sync_proxy_rules_duration_seconds",
    "How long it took to bring the node up to date.",
  );
  readonly #failures = this.#metrics.counter(
    "sync_proxy_rules_failures_total",
    "How often the node could not be brought up to date.",
  );
  readonly #asked = {
    healthz: this.#metrics.counter("proxy_healthz_total", "How often was asked whether the node takes traffic."),
    livez: this.#metrics.counter("proxy_livez_total", "How often was asked whether the proxy works."),
  };
  #lastUpdatedMs: number | undefined;
  /** Since when something waits to be programmed. */
  #waitingSinceMs: number | undefined;
  #isEligible = true;

  /** What waits longer than `waitMsMax` says that the proxy does not work. */
  constructor(clock: Clock, waitMsMax: number) {
    this.#clock = clock;
    this.#waitMsMax = waitMsMax;
    this.#waitingSinceMs = clock.now();
    const seconds = () => (this.#lastUpdatedMs ?? 0) / 1000;
    this.#metrics.gauge(
      "sync_proxy_rules_last_timestamp_seconds",
      "When the node was last brought up to date.",
      seconds,
    );
  }

  readonly text = (): Promise<string> => this.#metrics.text();

  /** Something is to be programmed. */
  changed(): void {
    this.#waitingSinceMs ??= this.#clock.now();
  }

  /** Runs a programming, and notes how it ends. */
  async during(programming: () => Promise<void>): Promise<void> {
    const since = this.#waitingSinceMs;
    this.#waitingSinceMs = undefined;
    const begun = this.#clock.monotonic();
    try {
      await programming();
    } catch (error) {
      this.#failures.add();
      this.#waitingSinceMs = since ?? this.#clock.now();
      throw error;
    }
    this.#durations.observe((this.#clock.monotonic() - begun) / 1000);
    this.#lastUpdatedMs = this.#clock.now();
  }

  nodeIs({ metadata, spec }: Node): void {
    const isMarked = spec?.taints?.some(({ key }) => key === removalTaint) ?? false;
    this.#isEligible = !metadata?.deletionTimestamp && !isMarked;
  }

  /** `purpose` is what is asked for: `healthz` or `livez`. */
  look(purpose: string): Look {
    const nowMs = this.#clock.now();
    const isAlive = nowMs - (this.#waitingSinceMs ?? nowMs) < this.#waitMsMax;
    const isWell = isAlive && (this.#isEligible || purpose === "livez");
    (purpose === "livez" ? this.#asked.livez : this.#asked.healthz).add({ code: isWell ? "200" : "503" });
    return { isAlive, isEligible: this.#isEligible, lastUpdatedMs: this.#lastUpdatedMs, nowMs };
  }
}
