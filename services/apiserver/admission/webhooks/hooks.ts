import type { MutatingWebhook } from "../../../../gen/typernetes/admissionregistration/v1/mutating_webhook_configuration.ts";
import type { ApiObject } from "../../../../lib/resources/strategy.ts";
import { forbidden } from "../../errors.ts";
import type { AdmissionContext, AdmissionRequest } from "../admission.ts";
import { authorizerFor } from "../expressions/authorizer.ts";
import { type MatchConditions, matchConditionsOf } from "./match-conditions.ts";
import { matchesRules, type RuleSubject } from "./match-rules.ts";
import { namespaceOf, type ShownRequest, showRequest } from "./review-request.ts";
import { isSelected, type Selectors, selectorsOf } from "./selectors.ts";
import { type AdmissionVersion, versionsOf } from "./versions.ts";

/** A webhook of a configuration, ready to be matched. */
export interface Hook {
  /** Names it over the lifetime of its configuration. */
  readonly key: string;
  readonly name: string;
  readonly webhook: MutatingWebhook;
  readonly selectors: Selectors;
  readonly conditions: MatchConditions;
}

type Configuration = ApiObject & { webhooks?: MutatingWebhook[] | undefined };

const group = "admissionregistration.k8s.io";

/** The webhooks of all configurations of a kind, by the configurations' names; made anew when one changes. */
export function hookSource(context: AdmissionContext, plural: string): () => readonly Hook[] {
  const info = context.resource(group, plural);
  let known: readonly Hook[] = [];
  let version = -1;
  return () => {
    const cache = context.cache.cacheOf(info);
    if (cache.size === 0) return [];
    if (cache.version === version) return known;
    version = cache.version;
    known = cache.snapshot(undefined).flatMap((entry) => hooksOf(cache.decode(entry)));
    return known;
  };
}

function hooksOf({ metadata, webhooks = [] }: Configuration): Hook[] {
  return webhooks.map((webhook) => ({
    key: `${metadata?.uid}/${webhook.name}`,
    name: webhook.name ?? "",
    webhook,
    selectors: selectorsOf(webhook),
    conditions: matchConditionsOf(webhook.matchConditions),
  }));
}

/** A webhook that is to be asked, in the version of the object that it understands. */
export interface Invocation {
  readonly hook: Hook;
  readonly version: AdmissionVersion;
  readonly shown: ShownRequest;
}

/** Webhooks and policies never judge what they are themselves made of. */
export function isExempt({ info }: AdmissionRequest): boolean {
  return info.schema.group === group;
}

/** What rules look at of a request. */
export function ruleSubjectOf(request: AdmissionRequest): RuleSubject {
  return {
    operation: request.operation,
    subresource: request.subresource,
    isNamespaced: !!namespaceOf(request) && request.info.groupResource !== "namespaces",
  };
}

/** How to ask a webhook about a request; undefined when it does not want to be. @throws StatusError `Forbidden`. */
export async function invocationOf(
  context: AdmissionContext,
  request: AdmissionRequest,
  hook: Hook,
): Promise<Invocation | undefined> {
  const { webhook, selectors, conditions } = hook;
  const versions = versionsOf(context, request);
  const [asked] = versions;
  const candidates = webhook.matchPolicy === "Exact" ? versions.slice(0, 1) : versions;
  const subject = ruleSubjectOf(request);
  const version = candidates.find((candidate) => matchesRules(webhook.rules, subject, candidate));
  if (!version || !asked || !isSelected(context, request, selectors)) return undefined;
  const shown = await showRequest(request, version, asked);
  try {
    const authorizer = () => authorizerFor(context, request);
    return conditions.hold(shown, webhook.matchConditions?.length ? authorizer() : undefined)
      ? { hook, version, shown }
      : undefined;
  } catch (error) {
    if (webhook.failurePolicy === "Ignore") return undefined;
    throw forbidden(request.info, request.name, error instanceof Error ? error.message : String(error));
  }
}
