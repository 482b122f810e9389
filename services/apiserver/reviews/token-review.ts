import type { UserInfo } from "../../../gen/typernetes/authentication/v1/self_subject_review.ts";
import type { TokenReview } from "../../../gen/typernetes/authentication/v1/token_review.ts";
import type { Identity } from "../../../lib/grpc/router.ts";
import { authenticateRequest } from "../auth/authenticate-request.ts";
import type { Core } from "../core.ts";
import { badRequest } from "../errors.ts";

/** Says whose a token is, and for which of the wanted audiences it is good. */
export async function reviewToken(core: Core, review: TokenReview | undefined): Promise<TokenReview> {
  const { token, audiences } = review?.spec ?? {};
  if (!review || !token) throw badRequest("token is required for TokenReview in authentication");
  const wanted = audiences?.length ? audiences : core.tokens.apiAudiences;
  return {
    ...review,
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenReview",
    status: await statusOf(core, token, wanted),
  };
}

async function statusOf(core: Core, token: string, wanted: readonly string[]): Promise<TokenReview["status"]> {
  const found = await core.tokens.verify(token, wanted);
  if (found === "refused") return refused();
  if (found) return { authenticated: true, user: userInfoOf(found.identity), audiences: found.audiences };
  // Who knows other tokens knows nothing of audiences: they are for the API.
  const audiences = wanted.filter((audience) => core.tokens.apiAudiences.includes(audience));
  if (audiences.length === 0) return refused();
  try {
    const identity = await authenticateRequest(core.authenticators, { bearerToken: token });
    return { authenticated: true, user: userInfoOf(identity), audiences };
  } catch {
    return refused();
  }
}

function refused(): TokenReview["status"] {
  return { authenticated: false, user: {}, error: "invalid bearer token" };
}

/** An identity as objects show it. */
export function userInfoOf({ user, uid, groups, extra }: Identity): UserInfo {
  const shown = Object.entries(extra ?? {}).map(([key, values]) => [key, [...values]]);
  return {
    username: user,
    ...(uid && { uid }),
    groups: [...groups],
    ...(shown.length > 0 && { extra: Object.fromEntries(shown) }),
  };
}
