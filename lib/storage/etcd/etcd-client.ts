import {
  Etcd3,
  type ICallable,
  type IOptions,
  isRecoverableError,
  KVClient,
  LeaseClient,
  MaintenanceClient,
  WatchClient,
} from "etcd3";
import { FailedCall } from "./failed-call.ts";

/** Certificates and key as PEM. */
export interface EtcdTls {
  /** Who signed etcd's certificate; the machine's own authorities when absent. */
  ca?: Buffer | string;
  cert?: Buffer | string;
  key?: Buffer | string;
}

/** etcd's services, as etcd3 offers them below its high-level interface. */
export interface EtcdClient {
  kv: KVClient;
  watch: WatchClient;
  lease: LeaseClient;
  maintenance: MaintenanceClient;
  close(): void;
}

type Policy = NonNullable<NonNullable<IOptions["faultHandling"]>["global"]>;

/**
 * Calls once. etcd3's own policies repeat writes that may have happened, and refuse calls for seconds after etcd is back.
 * Errors it knows become ours: for its own it closes all channels to the host, and with them ends every call that waits
 * there for a connection, whose errors close the next channels. gRPC's channels come back by themselves.
 */
const once: Policy = {
  get _altReturn(): never {
    throw new Error("exists for types only");
  },
  onSuccess: () => ({ dispose: () => {} }),
  onFailure: () => ({ dispose: () => {} }),
  execute: async (work) => {
    try {
      return await work({ signal: new AbortController().signal });
    } catch (error) {
      throw error instanceof Error && isRecoverableError(error) ? new FailedCall(error) : error;
    }
  },
};

/** Makes its services reachable: etcd3 keeps the connections to itself. */
class Connections extends Etcd3 {
  services(): EtcdClient {
    // The end of a watch, by whomever, says nothing about the channels of all other calls.
    const unmarked: ICallable<unknown> = {
      exec: (...call) => this.pool.exec(...call),
      withConnection: (service, work) => this.pool.withConnection(service, work),
      markFailed: () => {},
      callOptionsFactory: this.pool.callOptionsFactory,
    };
    return {
      kv: new KVClient(this.pool),
      watch: new WatchClient(unmarked),
      lease: new LeaseClient(this.pool),
      maintenance: new MaintenanceClient(this.pool),
      close: () => this.close(),
    };
  }
}

/** A client of the etcd at `endpoints` (`http://host:port` or `https://…`). Connects when it is first used. */
export function createEtcdClient(endpoints: readonly string[], tls: EtcdTls | undefined): EtcdClient {
  const options: IOptions = {
    hosts: [...endpoints],
    faultHandling: { global: once, host: () => once },
    grpcOptions: {
      "grpc.keepalive_time_ms": 10_000,
      "grpc.keepalive_timeout_ms": 5_000,
      "grpc.initial_reconnect_backoff_ms": 100,
      "grpc.min_reconnect_backoff_ms": 100,
      "grpc.max_reconnect_backoff_ms": 1_000,
      "grpc.max_receive_message_length": -1,
      "grpc.max_send_message_length": -1,
      "grpc.enable_channelz": 0,
    },
  };
  if (tls?.ca) {
    options.credentials = { rootCertificate: Buffer.from(tls.ca) };
    if (tls.key) options.credentials.privateKey = Buffer.from(tls.key);
    if (tls.cert) options.credentials.certChain = Buffer.from(tls.cert);
  }
  return new Connections(options).services();
}
