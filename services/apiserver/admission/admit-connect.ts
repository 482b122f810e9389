import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { Caller, Core } from "../core.ts";
import type { ResourceInfo } from "../resource-info.ts";
import type { AdmissionRequest } from "./admission.ts";
import { admit, validateAdmission } from "./run-admission.ts";

/** What somebody wants to be connected to. */
export interface Connection {
  readonly info: ResourceInfo;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** `exec`, `attach`, `portforward`, `proxy`. */
  readonly subresource: string;
  /** How, with the kind that the options have: `PodExecOptions` and the like. */
  readonly options: ApiObject;
}

/** Asks all admission plugins about a connection before it is made. @throws StatusError when one refuses it. */
export async function admitConnect(
  core: Pick<Core, "admission">,
  { info, namespace, name = "", subresource, options }: Connection,
  { identity, signal, warn, annotate }: Caller,
): Promise<void> {
  const object: ApiObject = { ...options, apiVersion: "v1" };
  const request: AdmissionRequest = {
    ...{ operation: "CONNECT", info, namespace, name, subresource, object, old: undefined },
    ...{ identity, dryRun: false, signal, warn, annotate },
  };
  await admit(core.admission, request);
  await validateAdmission(core.admission, request);
}
