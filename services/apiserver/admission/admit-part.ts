import type { CreateOptions } from "../../../gen/typernetes/meta/v1/options.ts";
import { clonePlain } from "../../../lib/base/plain-data.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { Caller, Core } from "../core.ts";
import { contractForm, type ObjectForm } from "../object-form.ts";
import type { ResourceInfo } from "../resource-info.ts";
import { AdmittedWrite } from "./admitted-write.ts";
import { admit, validateAdmission } from "./run-admission.ts";

/** A kind whose objects are created under others, and are not stored. */
export interface PartKind {
  readonly subresource: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly form: ObjectForm;
}

export const bindingPart = partKind("binding", "", "Binding", "core.v1.Binding");
export const evictionPart = partKind("eviction", "policy", "Eviction", "policy.v1.Eviction");
export const tokenPart = partKind("token", "authentication.k8s.io", "TokenRequest", "authentication.v1.TokenRequest");

function partKind(subresource: string, group: string, kind: string, message: string): PartKind {
  return { subresource, group, version: "v1", kind, form: contractForm(message) };
}

/** What is to be created under which object. */
export interface PartCreation<T> {
  readonly info: ResourceInfo;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly object: T;
  readonly options?: CreateOptions | undefined;
  readonly dryRun: boolean;
}

/** Asks all admission plugins about what is created under an object; answers it as they want it. @throws StatusError when one refuses it. */
export async function admitPart<T extends object>(
  core: Pick<Core, "admission">,
  part: PartKind,
  creation: PartCreation<T>,
  caller: Caller,
): Promise<T & ApiObject> {
  const object: T & ApiObject = clonePlain(creation.object);
  const { subresource } = part;
  const write = { ...creation, part, subresource, object, caller };
  const request = new AdmittedWrite("CREATE", write, undefined, creation.options?.fieldManager);
  await admit(core.admission, request);
  await validateAdmission(core.admission, request);
  return object;
}
