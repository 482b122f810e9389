import type { resourceTypes } from "../../gen/resources.ts";
import type { MessageType, RequestOf, ResponseOf, ServiceDefinition } from "../grpc/method.ts";
import type { CallOptions, Transport } from "../grpc/transport.ts";
import type { KubernetesObject, ResourceClient } from "./resource-client.ts";

type Tree = typeof resourceTypes;
type ObjectOf<R> = R extends { object: MessageType<infer T> } ? (T extends KubernetesObject ? T : never) : never;

/** Every kind of the contracts, as in `client.apps.v1.deployments.list({ namespace: "default" })`. */
export type TypedResources = {
  readonly [G in keyof Tree]: {
    readonly [V in keyof Tree[G]]: {
      readonly [P in keyof Tree[G][V]]: ResourceClient<ObjectOf<Tree[G][V][P]>>;
    };
  };
};

/** A client of the whole API over one transport. */
export interface Client extends TypedResources {
  readonly transport: Transport;

  /**
   * The client of a kind that is known only at run time, by plural and group (`pods`, ``; `deployments`, `apps`). With a
   * version also of kinds that have no contract; undefined for those without.
   */
  dynamic(group: string, plural: string, version?: string): ResourceClient<KubernetesObject> | undefined;

  /** Calls a method that is more than a verb: `client.call(PodServiceDefinition, "bind", request)`. */
  call<S extends ServiceDefinition, M extends keyof S["methods"] & string>(
    service: S,
    method: M,
    request: RequestOf<S["methods"][M]>,
    options?: CallOptions,
  ): Promise<ResponseOf<S["methods"][M]>>;

  /** Calls a method that streams its answer. */
  stream<S extends ServiceDefinition, M extends keyof S["methods"] & string>(
    service: S,
    method: M,
    request: RequestOf<S["methods"][M]>,
    options?: CallOptions,
  ): AsyncIterable<ResponseOf<S["methods"][M]>>;

  /** Calls a method that streams both ways. */
  duplex<S extends ServiceDefinition, M extends keyof S["methods"] & string>(
    service: S,
    method: M,
    requests: AsyncIterable<RequestOf<S["methods"][M]>>,
    options?: CallOptions,
  ): AsyncIterable<ResponseOf<S["methods"][M]>>;
}
