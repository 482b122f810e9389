import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import { onAbort } from "../base/abort.ts";
import { StatusError } from "../base/status-error.ts";
import type { MessageType } from "./method.ts";
import type { Router } from "./router.ts";

/** https://github.com/grpc/grpc/blob/master/doc/health-checking.md */
export const healthServiceName = "grpc.health.v1.Health";

/** Whether a service serves, as the protocol numbers it. */
export const servingStatus = { UNKNOWN: 0, SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 } as const;

interface HealthCheckRequest {
  service: string;
}

interface HealthCheckResponse {
  status: number;
}

const requestType: MessageType<HealthCheckRequest> = {
  encode: (message, writer = new BinaryWriter()) => writer.uint32(10).string(message.service),
  decode(input) {
    const reader = input instanceof BinaryReader ? input : new BinaryReader(input);
    let service = "";
    while (reader.pos < reader.len) {
      const [field, wireType] = reader.tag();
      if (field === 1) service = reader.string();
      else reader.skip(wireType);
    }
    return { service };
  },
};

const responseType: MessageType<HealthCheckResponse> = {
  encode: (message, writer = new BinaryWriter()) => writer.uint32(8).int32(message.status),
  decode(input) {
    const reader = input instanceof BinaryReader ? input : new BinaryReader(input);
    let status = 0;
    while (reader.pos < reader.len) {
      const [field, wireType] = reader.tag();
      if (field === 1) status = reader.int32();
      else reader.skip(wireType);
    }
    return { status };
  },
};

/** The standard health service. */
export const HealthServiceDefinition = {
  name: "Health",
  fullName: healthServiceName,
  methods: {
    check: { name: "Check", requestType, requestStream: false, responseType, responseStream: false },
    watch: { name: "Watch", requestType, requestStream: false, responseType, responseStream: true },
  },
} as const;

/** What the health service of a process answers: the empty name stands for the whole process, and serves unless set. */
export class Health {
  readonly #statuses = new Map<string, number>([["", servingStatus.SERVING]]);
  readonly #watchers = new Set<() => void>();
  #closed = false;

  set(service: string, serving: boolean): void {
    this.#statuses.set(service, serving ? servingStatus.SERVING : servingStatus.NOT_SERVING);
    this.#notify();
  }

  /** Nothing serves from here on. */
  close(): void {
    this.#closed = true;
    this.#notify();
  }

  addTo(router: Router): void {
    router.add(HealthServiceDefinition, {
      check: async ({ service }) => {
        const status = this.#status(service);
        if (status === undefined) throw new StatusError("NotFound", `unknown service "${service}"`);
        return { status };
      },
      watch: ({ service }, { signal }) => this.#watch(service, signal),
    });
  }

  #status(service: string): number | undefined {
    const status = this.#statuses.get(service);
    return status !== undefined && this.#closed ? servingStatus.NOT_SERVING : status;
  }

  #notify(): void {
    for (const wake of [...this.#watchers]) wake();
  }

  async *#watch(service: string, signal: AbortSignal): AsyncGenerator<HealthCheckResponse> {
    let told: number | undefined;
    while (!signal.aborted) {
      const status = this.#status(service) ?? servingStatus.SERVICE_UNKNOWN;
      if (status !== told) yield { status };
      told = status;
      if (status === (this.#status(service) ?? servingStatus.SERVICE_UNKNOWN)) await this.#change(signal);
    }
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#watchers.delete(wake);
        forget();
        resolve();
      };
      this.#watchers.add(wake);
      const forget = onAbort(signal, () => queueMicrotask(wake));
    });
  }
}
