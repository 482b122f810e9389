import type { SubjectAccessReview } from "../../../gen/typernetes/authorization/v1/subject_access_review.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import { Lru } from "../../../lib/base/lru.ts";
import { type ClusterAccess, readKubeconfig } from "../../../lib/client/kubeconfig.ts";
import type { Identity } from "../../../lib/grpc/router.ts";
import type { Logger } from "../../../lib/observe/logger.ts";
import { type Attributes, type Authoriser, type Decision, isPath, noOpinion } from "./authoriser.ts";
import { postJson } from "./post-json.ts";

const allowedForMs = 5 * 60_000;
const refusedForMs = 30_000;
const rememberedMax = 1000;

interface Remembered {
  decision: Decision;
  untilMs: number;
}

/** Asks a service, by SubjectAccessReview, and remembers what it says for a while. A service that is away has no opinion. */
export class WebhookAuthoriser implements Authoriser {
  readonly name = "Webhook";
  readonly #kubeconfig: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #remembered = new Lru<string, Remembered>(rememberedMax);
  #access: Promise<ClusterAccess> | undefined;

  constructor(kubeconfig: string, clock: Clock, logger: Logger) {
    this.#kubeconfig = kubeconfig;
    this.#clock = clock;
    this.#logger = logger;
  }

  decide(identity: Identity, attributes: Attributes): Decision | Promise<Decision> {
    const spec = specOf(identity, attributes);
    const key = JSON.stringify(spec);
    const known = this.#remembered.get(key);
    if (known && this.#clock.monotonic() < known.untilMs) return known.decision;
    return this.#ask(key, spec);
  }

  async #ask(key: string, spec: NonNullable<SubjectAccessReview["spec"]>): Promise<Decision> {
    try {
      this.#access ??= readKubeconfig(this.#kubeconfig);
      const review = { apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview", spec };
      const answer: SubjectAccessReview = await postJson(await this.#access, review);
      const decision = decisionOf(answer);
      const forMs = decision.verdict === "allow" ? allowedForMs : refusedForMs;
      this.#remembered.set(key, { decision, untilMs: this.#clock.monotonic() + forMs });
      return decision;
    } catch (error) {
      this.#access = undefined;
      this.#logger.warn({ err: error }, "the authorization webhook failed");
      return noOpinion;
    }
  }
}

function decisionOf({ status = {} }: SubjectAccessReview): Decision {
  const reason = status.reason ?? "";
  if (status.denied === true) return { verdict: "deny", reason };
  return { verdict: status.allowed === true ? "allow" : "none", reason };
}

function specOf(
  { user, groups, uid, extra }: Identity,
  attributes: Attributes,
): NonNullable<SubjectAccessReview["spec"]> {
  const shown: [string, string[]][] = Object.entries(extra ?? {}).map(([key, values]) => [key, [...values]]);
  return {
    user,
    groups: [...groups],
    ...(uid && { uid }),
    ...(shown.length > 0 && { extra: Object.fromEntries(shown) }),
    ...(isPath(attributes) ? { nonResourceAttributes: attributes } : { resourceAttributes: attributes }),
  };
}
