import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { CreateServiceAccountTokenRequest } from "../../../gen/typernetes/core/v1/service_account.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import { silentLogger } from "../../../lib/observe/logger.ts";
import { ServiceAccountTokens } from "./service-account-tokens.ts";

const pod: Pod = {
  metadata: { namespace: "shop", name: "web", uid: "u-1" },
  spec: { serviceAccountName: "robot", containers: [] },
};

function issuer() {
  const clock = new SimulatedClock();
  const requests: CreateServiceAccountTokenRequest[] = [];
  const state = { isAway: false };
  const issue = async (request: CreateServiceAccountTokenRequest) => {
    if (state.isAway) throw new StatusError("ServiceUnavailable", "away");
    requests.push(request);
    const { spec } = request.object ?? {};
    const expirationTimestamp = rfc3339(clock.now() + (spec?.expirationSeconds ?? 0) * 1000);
    return { ...(spec && { spec }), status: { token: `token-${requests.length}`, expirationTimestamp } };
  };
  const tokens = new ServiceAccountTokens({ clock, random: () => 0, logger: silentLogger, issue });
  return { clock, requests, state, tokens };
}

test("a token is asked for once, for the pod's account, bound to the pod", async () => {
  const { tokens, requests } = issuer();
  const wanted = { audience: "vault", expirationSeconds: 3607, path: "token" };
  assert.deepEqual([await tokens.token(pod, wanted), await tokens.token(pod, wanted)], ["token-1", "token-1"]);
  const [{ namespace, name, object } = {}] = requests;
  assert.deepEqual([namespace, name], ["shop", "robot"]);
  assert.deepEqual(object?.spec, {
    audiences: ["vault"],
    expirationSeconds: 3607,
    boundObjectRef: { apiVersion: "v1", kind: "Pod", name: "web", uid: "u-1" },
  });
  assert.equal(await tokens.token(pod, { expirationSeconds: 3607 }), "token-2", "every audience has its own");
  assert.deepEqual(requests[1]?.object?.spec?.audiences, []);
});

test("a token is renewed when four fifths of its life are over, and after a day in any case", async () => {
  const { tokens, clock } = issuer();
  await tokens.token(pod, { expirationSeconds: 1000 });
  await clock.advance(799_000);
  assert.equal(await tokens.token(pod, { expirationSeconds: 1000 }), "token-1");
  await clock.advance(1_000);
  assert.equal(await tokens.token(pod, { expirationSeconds: 1000 }), "token-2");
  const long = { expirationSeconds: 7 * 24 * 3600 };
  assert.equal(await tokens.token(pod, long), "token-3");
  await clock.advance(24 * 3600_000 - 1);
  assert.equal(await tokens.token(pod, long), "token-3");
  await clock.advance(1);
  assert.equal(await tokens.token(pod, long), "token-4");
});

test("while no token can be had the old one serves, until it expires", async () => {
  const { tokens, clock, state } = issuer();
  await tokens.token(pod, { expirationSeconds: 1000 });
  state.isAway = true;
  await clock.advance(999_000);
  assert.equal(await tokens.token(pod, { expirationSeconds: 1000 }), "token-1");
  await clock.advance(1_000);
  await assert.rejects(tokens.token(pod, { expirationSeconds: 1000 }), {
    name: "ConfigError",
    message: "failed to fetch token: away",
  });
});
