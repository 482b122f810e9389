import { decodeKubernetesObject } from "../../../lib/api/kubernetes-protobuf/decode.ts";
import { encodeKubernetesMessage, wrapKubernetesMessage } from "../../../lib/api/kubernetes-protobuf/encode.ts";
import { hasKubernetesForm } from "../../../lib/api/kubernetes-protobuf/message-plan.ts";
import { encodeKubernetesWatchFrame } from "../../../lib/api/kubernetes-protobuf/watch-frame.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { EventFrame } from "../watch-cache/cache-event.ts";
import type { CachedAnswer } from "../watch-cache/cached-answer.ts";

/** What an object is in Kubernetes' protobuf: its message, and the kind that its envelope names. */
export interface ProtobufType {
  readonly message: string;
  readonly apiVersion: string;
  readonly kind: string;
}

/** Whether a message can be written in Kubernetes' own protobuf. */
export function speaksProtobuf(message: string): boolean {
  return hasKubernetesForm(message);
}

/** An object in Kubernetes' own protobuf, its envelope included. */
export function encodeProtobuf(type: ProtobufType, object: object): Uint8Array {
  return wrapKubernetesMessage(type, encodeKubernetesMessage(type.message, object));
}

/** As `encodeProtobuf`, of bytes that the cache has. */
export function cachedProtobuf(type: ProtobufType, { cache, entry }: CachedAnswer): Uint8Array {
  return wrapKubernetesMessage(type, cache.encoded(entry, "kubernetesProtobuf", encoderOf(type)));
}

/** A frame of a watch, of bytes that the cache has if it has them. */
export function protobufFrame(type: ProtobufType, frame: EventFrame): Uint8Array {
  const message = frame.encoded?.("kubernetesProtobuf", encoderOf(type));
  const { object } = message ? { object: undefined } : frame.message;
  const bytes = message ?? encodeKubernetesMessage(type.message, object ?? {});
  return encodeKubernetesWatchFrame(frame.type, wrapKubernetesMessage(type, bytes));
}

/** A frame of a watch around an object. */
export function protobufObjectFrame(event: string, type: ProtobufType, object: object): Uint8Array {
  return encodeKubernetesWatchFrame(event, encodeProtobuf(type, object));
}

/** The object in a body in Kubernetes' own protobuf. @throws StatusError BadRequest. */
export function decodeProtobuf<T extends object>(message: string, bytes: Uint8Array): T {
  // The codec makes what the message says.
  return decodeKubernetesObject(bytes, message).object as T;
}

/** Makes the fields of an object, without envelope, as they stand in lists, too. */
export function encoderOf({ message }: ProtobufType): (object: ApiObject) => Uint8Array {
  return (object) => encodeKubernetesMessage(message, object);
}
