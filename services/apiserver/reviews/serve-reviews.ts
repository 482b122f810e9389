import { SelfSubjectReviewServiceDefinition } from "../../../gen/typernetes/authentication/v1/self_subject_review.ts";
import { TokenReviewServiceDefinition } from "../../../gen/typernetes/authentication/v1/token_review.ts";
import { LocalSubjectAccessReviewServiceDefinition } from "../../../gen/typernetes/authorization/v1/local_subject_access_review.ts";
import { SelfSubjectAccessReviewServiceDefinition } from "../../../gen/typernetes/authorization/v1/self_subject_access_review.ts";
import { SelfSubjectRulesReviewServiceDefinition } from "../../../gen/typernetes/authorization/v1/self_subject_rules_review.ts";
import { SubjectAccessReviewServiceDefinition } from "../../../gen/typernetes/authorization/v1/subject_access_review.ts";
import type { ServiceDefinition } from "../../../lib/grpc/method.ts";
import type { Handlers } from "../../../lib/grpc/router.ts";
import type { strategyOf } from "../../../lib/resources/list.ts";
import type { Core } from "../core.ts";
import { formatTime } from "../time.ts";
import { reviewLocalSubjectAccess, reviewOwnAccess, reviewSubjectAccess } from "./access-review.ts";
import { reviewOwnRules } from "./rules-review.ts";
import { reviewToken, userInfoOf } from "./token-review.ts";

type Serve = <S extends ServiceDefinition>(
  version: Parameters<typeof strategyOf>[0],
  service: S,
  handlers: Handlers<S>,
) => void;

const authentication = (plural: string) => ({ group: "authentication.k8s.io", version: "v1", plural });
const authorization = (plural: string) => ({ group: "authorization.k8s.io", version: "v1", plural });

/** Serves the kinds that are questions: they are answered and not stored. */
export function serveReviews(core: Core, serve: Serve): void {
  serve(authentication("tokenreviews"), TokenReviewServiceDefinition, {
    create: ({ object }) => reviewToken(core, object),
  });
  serve(authentication("selfsubjectreviews"), SelfSubjectReviewServiceDefinition, {
    create: async ({ object }, { identity }) => ({
      apiVersion: "authentication.k8s.io/v1",
      kind: "SelfSubjectReview",
      metadata: { ...object?.metadata, creationTimestamp: formatTime(core.clock.now()) },
      status: { userInfo: userInfoOf(identity) },
    }),
  });
  serve(authorization("subjectaccessreviews"), SubjectAccessReviewServiceDefinition, {
    create: ({ object }) => reviewSubjectAccess(core, object),
  });
  serve(authorization("localsubjectaccessreviews"), LocalSubjectAccessReviewServiceDefinition, {
    create: ({ namespace, object }) => reviewLocalSubjectAccess(core, object?.metadata?.namespace || namespace, object),
  });
  serve(authorization("selfsubjectaccessreviews"), SelfSubjectAccessReviewServiceDefinition, {
    create: ({ object }, caller) => reviewOwnAccess(core, object, caller),
  });
  serve(authorization("selfsubjectrulesreviews"), SelfSubjectRulesReviewServiceDefinition, {
    create: ({ object }, caller) => reviewOwnRules(core, object, caller),
  });
}
