import { StatusError } from "../../../lib/base/status-error.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { ResourcePath } from "./resource-path.ts";

/** Puts an object where its path says. @throws StatusError BadRequest when it says otherwise itself. */
export function placeObject({ namespace, name = "" }: ResourcePath, object: ApiObject): void {
  const metadata = object.metadata ?? {};
  const undeterminable = `the name of the object (${name} based on URL) was undeterminable: name must be provided`;
  if (!metadata.name) throw new StatusError("BadRequest", undeterminable);
  if (metadata.name !== name) {
    const both = `(${metadata.name}) does not match the name on the URL (${name})`;
    throw new StatusError("BadRequest", `the name of the object ${both}`);
  }
  takeNamespace(object, namespace);
}

/** Puts a part of an object, which need not say whose part it is, where its path says. */
export function placePart({ namespace, name = "" }: ResourcePath, object: ApiObject): void {
  const given = object.metadata?.name;
  if (given && given !== name) {
    throw new StatusError("BadRequest", `name in URL does not match name in ${object.kind ?? "the"} object`);
  }
  object.metadata = { ...object.metadata, name };
  takeNamespace(object, namespace);
}

function takeNamespace(object: ApiObject, namespace: string | undefined): void {
  if (namespace === undefined) return;
  const given = object.metadata?.namespace;
  if (given && given !== namespace) {
    const both = `(${given}) does not match the namespace on the request (${namespace})`;
    throw new StatusError("BadRequest", `the namespace of the object ${both}`);
  }
  object.metadata = { ...object.metadata, namespace };
}
