import type { Identity } from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { Caller } from "../core.ts";
import type { ResourceInfo } from "../resource-info.ts";
import type { AdmissionRequest } from "./admission.ts";
import type { PartKind } from "./admit-part.ts";

/** What admission has to know of a write. */
interface Admissible {
  readonly info: ResourceInfo;
  readonly subresource?: string | undefined;
  readonly part?: PartKind | undefined;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly object?: ApiObject;
  readonly old?: ApiObject;
  readonly caller: Caller;
  readonly dryRun: boolean;
}

/** A write as admission sees it. One is made for each write, so that it is a class. */
export class AdmittedWrite implements AdmissionRequest {
  readonly operation: AdmissionRequest["operation"];
  readonly info: ResourceInfo;
  readonly subresource: string | undefined;
  readonly part: PartKind | undefined;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly object: ApiObject | undefined;
  readonly old: ApiObject | undefined;
  readonly identity: Identity;
  readonly dryRun: boolean;
  readonly warn: Caller["warn"];
  readonly annotate: Caller["annotate"];
  readonly apiVersion: string | undefined;
  readonly fieldManager: string | undefined;
  readonly pass = { mustRunAgain: false, isSecond: false };
  readonly #caller: Caller;

  constructor(
    operation: AdmissionRequest["operation"],
    write: Admissible,
    apiVersion: string | undefined,
    fieldManager: string | undefined,
  ) {
    const { caller } = write;
    this.operation = operation;
    this.info = write.info;
    this.subresource = write.subresource;
    this.part = write.part;
    this.namespace = write.namespace;
    this.name = write.name;
    this.object = operation === "DELETE" ? undefined : write.object;
    this.old = write.old;
    this.identity = caller.identity;
    this.dryRun = write.dryRun;
    this.warn = caller.warn;
    this.annotate = caller.annotate;
    this.apiVersion = apiVersion;
    this.fieldManager = fieldManager;
    this.#caller = caller;
  }

  /** Made when it is asked for: few plugins wait for anything. */
  get signal(): AbortSignal {
    return this.#caller.signal;
  }
}
