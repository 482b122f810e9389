import type { ListMeta } from "../../../gen/typernetes/meta/v1/object_meta.ts";
import type { ApiList } from "../resource-info.ts";
import { encodeBytesField, varintLength, wireTypes, writeVarint } from "../wire.ts";
import { encodeKubernetesMessage } from "./encode.ts";
import { envelopeEnd, envelopeStart } from "./envelope.ts";

const itemsTag = 2 * 8 + wireTypes.bytes;

/** A list with its envelope, of items that are encoded already (without theirs): their bytes are copied once. */
export function encodeKubernetesList(
  list: Pick<ApiList, "apiVersion" | "kind">,
  metadata: ListMeta,
  items: readonly Uint8Array[],
): Uint8Array {
  const head = encodeBytesField(1, encodeKubernetesMessage("meta.v1.ListMeta", metadata));
  let length = head.length;
  for (const item of items) length += 1 + varintLength(item.length) + item.length;
  const start = envelopeStart(list, length);
  const target = new Uint8Array(start.length + length + envelopeEnd.length);
  target.set(start);
  target.set(head, start.length);
  target.set(envelopeEnd, start.length + length);
  let at = start.length + head.length;
  for (const item of items) {
    target[at++] = itemsTag;
    at = writeVarint(target, at, item.length);
    target.set(item, at);
    at += item.length;
  }
  return target;
}
