import { QuantityError } from "../../base/quantity.ts";
import { StatusError } from "../../base/status-error.ts";
import { parseApiVersion } from "../api-version.ts";
import { messageOfKind, namesItself } from "../message-of-kind.ts";
import type { JsonRecord } from "../records.ts";
import { type Envelope, readEnvelope } from "./envelope.ts";
import { messagePlan } from "./message-plan.ts";
import { MessageReader } from "./message-reader.ts";
import { readMessage } from "./read-message.ts";

/** Larger bytes are not decoded. */
const bytesMax = 64 * 1024 * 1024;

/** An object that was read, and the kind that its envelope named. */
export interface DecodedKubernetesObject {
  /** Both empty when the envelope names none. */
  readonly apiVersion: string;
  readonly kind: string;
  /** Normalised, in the shape of its JSON. */
  readonly object: object;
}

/**
 * Reads an object in Kubernetes' protobuf encoding, envelope and all. `expected` is the message that it has to be, and
 * that it is when the envelope names no kind. @throws StatusError BadRequest, and RequestEntityTooLarge beyond 64 MiB
 */
export function decodeKubernetesObject(bytes: Uint8Array, expected?: string): DecodedKubernetesObject {
  checkSize(bytes);
  let envelope: Envelope | undefined;
  try {
    envelope = readEnvelope(bytes);
    return decodeEnvelope(envelope, expected, 0);
  } catch (error) {
    throw isFault(error) ? badRequest(envelope, expected, error.message) : error;
  }
}

/** Reads the fields of a message that has no envelope. @throws StatusError as `decodeKubernetesObject` */
export function decodeKubernetesMessage(message: string, bytes: Uint8Array): object {
  checkSize(bytes);
  const plan = messagePlan(message);
  const object: JsonRecord = {};
  try {
    readMessage(new MessageReader(bytes, readEmbedded), plan, bytes.length, object);
  } catch (error) {
    throw isFault(error) ? badRequest(undefined, message, error.message) : error;
  }
  return object;
}

function decodeEnvelope(envelope: Envelope, expected: string | undefined, depth: number): DecodedKubernetesObject {
  const { apiVersion, kind, raw } = envelope;
  const message = messageOf(envelope, expected);
  const object: JsonRecord = kind !== "" && namesItself(message) ? { apiVersion, kind } : {};
  readMessage(new MessageReader(raw, readEmbedded, depth), messagePlan(message), raw.length, object);
  return { apiVersion, kind, object };
}

/** What a free-form field holds that is protobuf itself. */
function readEmbedded(bytes: Uint8Array, depth: number): object {
  return decodeEnvelope(readEnvelope(bytes), undefined, depth).object;
}

function messageOf({ apiVersion, kind }: Envelope, expected: string | undefined): string {
  const message = kind === "" ? expected : (messageOfKind(apiVersion, kind) ?? sharedKind(kind, expected));
  if (message === undefined)
    throw new RangeError(kind === "" ? "Object 'Kind' is missing" : notRegistered(apiVersion, kind));
  if (expected !== undefined && message !== expected) throw new RangeError(`${expected} was expected, not ${message}`);
  return message;
}

/** Options are of every group, also of those that come with custom resources. */
function sharedKind(kind: string, expected: string | undefined): string | undefined {
  return expected === `meta.v1.${kind}` ? expected : undefined;
}

function notRegistered(apiVersion: string, kind: string): string {
  return `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`;
}

function checkSize(bytes: Uint8Array): void {
  if (bytes.length > bytesMax)
    throw new StatusError("RequestEntityTooLarge", `Request entity too large: limit is ${bytesMax}`);
}

/** Whether an error is about the bytes that were read. */
function isFault(error: unknown): error is Error {
  return error instanceof RangeError || error instanceof QuantityError;
}

function badRequest(envelope: Envelope | undefined, expected: string | undefined, fault: string): StatusError {
  const wanted = expected?.split(".").at(-1);
  if (!envelope?.kind) {
    const type = wanted === undefined ? "" : ` (must be of type ${wanted})`;
    return new StatusError("BadRequest", `the object provided is unrecognized${type}: ${fault}`);
  }
  const version = parseApiVersion(envelope.apiVersion)?.version ?? envelope.apiVersion;
  const object = `${envelope.kind} in version ${JSON.stringify(version)}`;
  return new StatusError("BadRequest", `${object} cannot be handled as a ${wanted ?? envelope.kind}: ${fault}`);
}
