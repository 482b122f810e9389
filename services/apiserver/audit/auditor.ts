import { randomUUID } from "node:crypto";
import type { Clock } from "../../../lib/base/clock.ts";
import { clonePlain } from "../../../lib/base/plain-data.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import { type CallOrigin, EncodedMessage, type Identity } from "../../../lib/grpc/router.ts";
import { type Attributes, isPath } from "../auth/authoriser.ts";
import type { RequestAttributes } from "../request-attributes.ts";
import { userInfoOf } from "../reviews/token-review.ts";
import type { AuditLog } from "./audit-log.ts";
import type { AuditPolicy, AuditScope, AuditStage } from "./audit-policy.ts";

/** A request on its way through the audit log. Each end may be told once. */
export interface AuditedRequest {
  /** A stream has begun. */
  started(): void;
  /** Adds to what is written at the end. */
  annotate(key: string, value: string): void;
  completed(answer?: unknown): void;
  failed(error: unknown): void;
}

/** Writes down who did what, as the policy says. */
export class Auditor {
  readonly #policy: AuditPolicy;
  readonly #log: AuditLog;
  readonly #clock: Clock;

  constructor(policy: AuditPolicy, log: AuditLog, clock: Clock) {
    this.#policy = policy;
    this.#log = log;
    this.#clock = clock;
  }

  /** Writes that a request has come; undefined when the policy wants nothing of it. */
  begin(by: Requester, attributes: Attributes, object?: unknown): AuditedRequest | undefined {
    const scope = this.#policy.scopeOf(by.identity, attributes);
    if (scope.level === "None") return undefined;
    return new Entry(this.#log, this.#clock, scope, { by, attributes, object });
  }

  close(): void {
    this.#log.close();
  }
}

/** Who asks, and how it came. */
export interface Requester {
  readonly identity: Identity;
  readonly origin?: CallOrigin | undefined;
}

interface Subject {
  by: Requester;
  attributes: Attributes;
  object: unknown;
}

class Entry implements AuditedRequest {
  readonly #log: AuditLog;
  readonly #clock: Clock;
  readonly #scope: AuditScope;
  readonly #about: object;
  readonly #annotations = new Map<string, string>();
  #ended = false;

  constructor(log: AuditLog, clock: Clock, scope: AuditScope, { by, attributes, object }: Subject) {
    this.#log = log;
    this.#clock = clock;
    this.#scope = scope;
    const { identity, origin } = by;
    const withBody = scope.level === "Request" || scope.level === "RequestResponse";
    this.#about = {
      auditID: origin?.id ?? randomUUID(),
      requestURI: origin?.uri ?? uriOf(attributes),
      verb: attributes.verb,
      user: userInfoOf(origin?.sender ?? identity),
      ...(origin?.sender && { impersonatedUser: userInfoOf(identity) }),
      ...(origin?.address && { sourceIPs: [origin.address] }),
      ...(origin?.userAgent && { userAgent: origin.userAgent }),
      ...(!isPath(attributes) && { objectRef: referenceOf(attributes) }),
      ...(withBody && object !== undefined && { requestObject: clonePlain(object) }),
      requestReceivedTimestamp: this.#now(),
    };
    this.#write("RequestReceived", {});
  }

  started(): void {
    this.#write("ResponseStarted", { responseStatus: { metadata: {}, code: 200 } });
  }

  annotate(key: string, value: string): void {
    this.#annotations.set(key, value);
  }

  completed(answer?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    const shown = this.#scope.level === "RequestResponse" && answer !== undefined;
    this.#write("ResponseComplete", {
      responseStatus: { metadata: {}, code: 200 },
      ...(shown && { responseObject: answer instanceof EncodedMessage ? answer.value : answer }),
    });
  }

  failed(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    const known = error instanceof StatusError ? error : new StatusError("InternalError", "Internal error occurred");
    const { reason, message, code } = known;
    this.#write("ResponseComplete", { responseStatus: { metadata: {}, status: "Failure", message, reason, code } });
  }

  #write(stage: AuditStage, more: object): void {
    const { level, omitStages } = this.#scope;
    if (omitStages.has(stage)) return;
    const type = { kind: "Event", apiVersion: "audit.k8s.io/v1", level };
    const annotations = this.#annotations.size > 0 ? { annotations: Object.fromEntries(this.#annotations) } : {};
    this.#log.write({ ...type, stage, ...this.#about, ...more, stageTimestamp: this.#now(), ...annotations });
  }

  #now(): string {
    return new Date(this.#clock.now()).toISOString().replace("Z", "000Z");
  }
}

function referenceOf({ group, version, resource, subresource, namespace, name }: RequestAttributes): object {
  return {
    resource,
    ...(namespace && { namespace }),
    ...(name && { name }),
    ...(group && { apiGroup: group }),
    apiVersion: version,
    ...(subresource && { subresource }),
  };
}

/** The path of a request over REST, whichever way it came. */
function uriOf(attributes: Attributes): string {
  if (isPath(attributes)) return attributes.path;
  const { verb, group, version, resource, subresource, namespace, name } = attributes;
  const place = namespace && resource !== "namespaces" ? ["namespaces", namespace] : [];
  const isOfOne = verb !== "create" || subresource !== undefined;
  const parts = [...place, resource, ...(name && isOfOne ? [name] : []), ...(subresource ? [subresource] : [])];
  return `/${group ? `apis/${group}` : "api"}/${version}/${parts.join("/")}${verb === "watch" ? "?watch=true" : ""}`;
}
