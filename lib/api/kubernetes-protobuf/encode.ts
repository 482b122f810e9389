import { isRecord } from "../records.ts";
import type { ApiObject } from "../resource-info.ts";
import { joinBytes } from "../wire.ts";
import { BackwardWriter } from "./backward-writer.ts";
import { envelopeEnd, envelopeStart } from "./envelope.ts";
import { messagePlan } from "./message-plan.ts";
import { writeMessage } from "./write-message.ts";

/** One for all: nothing is written while something else is. */
const shared = new BackwardWriter();

/**
 * An object in Kubernetes' protobuf encoding (`application/vnd.kubernetes.protobuf`), in the envelope that names its
 * kind. `message` is `core.v1.Pod`, `core.v1.PodList`, `meta.v1.Status`, … Absent structs stay absent; other fields that
 * Go always writes are written. @throws RangeError for a message without such an encoding
 */
export function encodeKubernetesObject(message: string, object: ApiObject): Uint8Array {
  const plan = messagePlan(message);
  return written((writer) => {
    writer.append(envelopeEnd);
    const end = writer.length;
    writeMessage(writer, plan, isRecord(object) ? object : {});
    writer.append(envelopeStart(object, writer.length - end));
  });
}

/** The fields of a message in Kubernetes' encoding, without envelope. @throws RangeError as `encodeKubernetesObject` */
export function encodeKubernetesMessage(message: string, value: object): Uint8Array {
  const plan = messagePlan(message);
  return written((writer) => writeMessage(writer, plan, isRecord(value) ? value : {}));
}

function written(write: (writer: BackwardWriter) => void): Uint8Array {
  try {
    write(shared);
    return shared.finish();
  } finally {
    shared.reset();
  }
}

/** Puts the envelope around an object that is encoded already. */
export function wrapKubernetesMessage(type: Pick<ApiObject, "apiVersion" | "kind">, message: Uint8Array): Uint8Array {
  return joinBytes([envelopeStart(type, message.length), message, envelopeEnd]);
}
