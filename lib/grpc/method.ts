import type { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";

/** The generated codec of a message. */
export interface MessageType<T> {
  encode(message: T, writer?: BinaryWriter): BinaryWriter;
  decode(input: BinaryReader | Uint8Array, length?: number): T;
}

/** A service as ts-proto generates it (`outputServices=generic-definitions`). */
export interface ServiceDefinition {
  readonly name: string;
  readonly fullName: string;
  readonly methods: Readonly<Record<string, MethodDefinition>>;
}

/** One method of a generated service; `Req` and `Res` are what goes in and comes out. */
export interface MethodDefinition<Req = unknown, Res = unknown> {
  readonly name: string;
  readonly requestType: MessageType<Req>;
  readonly requestStream: boolean;
  readonly responseType: MessageType<Res>;
  readonly responseStream: boolean;
}

/** Of a method, the type of its request message. */
export type RequestOf<M> = M extends { requestType: MessageType<infer Req> } ? Req : never;

/** Of a method, the type of its response message. */
export type ResponseOf<M> = M extends { responseType: MessageType<infer Res> } ? Res : never;
