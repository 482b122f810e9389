import { type Decoded, decode, type FieldValidation } from "../../lib/api/decode.ts";
import type { Shape } from "../../lib/api/managed-fields/shape.ts";
import { shapeOfMessage } from "../../lib/api/managed-fields/shape-of-message.ts";
import { normalise } from "../../lib/api/normalise.ts";
import type { ApiObject } from "../../lib/resources/strategy.ts";

/** The shape of a kind's objects: from a contract, or from a definition's schema. */
export interface ObjectForm {
  /** The contract's message, after whose merge keys patches are merged; undefined where there is no contract. */
  readonly message: string | undefined;
  /** Which parts of an object are owned one by one; when absent, the members of all objects in it, and nothing else. */
  readonly shape?: Shape;
  /**
   * Makes an object of parsed JSON. `foundInText` are faults of the text, treated as unknown fields are.
   * @throws StatusError `BadRequest`, also for unknown fields with `Strict`.
   */
  decode(json: unknown, validation?: FieldValidation, foundInText?: readonly string[]): Decoded<ApiObject>;
  /** Brings an object into the one form in which it is stored, in place. */
  normalise(object: ApiObject): void;
}

/** Another version of a kind, and how the stored form is made of it and the other way round. */
export interface VersionForm {
  readonly form: ObjectForm;
  readonly apiVersion: string;
  show(stored: ApiObject): ApiObject | Promise<ApiObject>;
  read(shown: ApiObject, isNew: boolean, current?: ApiObject): ApiObject | Promise<ApiObject>;
}

/** The form of kinds that have a contract. */
export function contractForm(message: string): ObjectForm {
  return {
    message,
    get shape() {
      return shapeOfMessage(message);
    },
    decode: (json, validation, foundInText) => decode<ApiObject>(message, json, validation, foundInText),
    normalise: (object) => normalise(message, object),
  };
}
