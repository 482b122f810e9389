import type { Clock } from "../base/clock.ts";
import type { Client } from "../client/client.ts";
import type { EventRecorder } from "../client/event-recorder.ts";
import type { InformerFactory } from "../client/informer-factory.ts";
import type { Logger } from "../observe/logger.ts";

/** What a controller is given. Everything that changes between production and tests comes from here. */
export interface ControllerContext {
  client: Client;
  /** One informer per kind, shared by all controllers of the process. */
  informers: InformerFactory;
  recorder: EventRecorder;
  clock: Clock;
  /** Randomness in [0, 1). */
  random: () => number;
  logger: Logger;
}

/** Says when a key is to be reconciled again without a change. */
export interface ReconcileResult {
  requeueAfterMs?: number;
}

/** A level-triggered controller: looks at the state of one key and moves the world towards it. */
export interface Controller {
  /** As in Kubernetes: `deployment-controller`. */
  readonly name: string;
  /** How many keys are reconciled at the same time; one key never is twice. */
  readonly workers?: number;
  /**
   * Connects informers to the queue. Called once before the start; `enqueue` may be called at any time afterwards.
   * Handlers, indexes and timers are added here.
   */
  setUp(enqueue: Enqueue): void;
  /** Throws to be retried with backoff; throws `TerminalError` to be dropped until the next change. */
  reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult | void>;
  /** Releases what `setUp` made. */
  close?(): void;
}

export type Enqueue = (key: string, afterMs?: number) => void;

/** Makes a controller from its context: what `services/controller-manager/list.ts` lists. */
export type ControllerFactory = (context: ControllerContext) => Controller;

/** A fault that retrying does not mend. */
export class TerminalError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "TerminalError";
  }
}
