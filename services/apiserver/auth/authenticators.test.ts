import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { systemClock } from "../../../lib/base/clock.ts";
import { silentLogger } from "../../../lib/observe/logger.ts";
import { openPki } from "../pki/pki.ts";
import { anonymous } from "./anonymous.ts";
import { authenticateRequest, bearerTokenOf } from "./authenticate-request.ts";
import { oidcTokens } from "./oidc.ts";
import { staticTokens } from "./static-tokens.ts";
import { isSigned, readClaims, signToken } from "./tokens/jwt.ts";
import { TokenKeys } from "./tokens/token-keys.ts";
import { WebhookAuthoriser } from "./webhook-authoriser.ts";

const directory = mkdtempSync(join(tmpdir(), "typernetes-auth-"));
after(() => rmSync(directory, { recursive: true, force: true }));

test("a bearer token is read from a header", () => {
  assert.equal(bearerTokenOf("Bearer abc"), "abc");
  assert.equal(bearerTokenOf("bearer  abc "), "abc");
  for (const other of [undefined, "", "Bearer", "Basic abc"]) assert.equal(bearerTokenOf(other), undefined);
});

test("who shows nothing is anonymous, who shows a token that nobody knows is refused", async () => {
  const file = join(directory, "tokens.csv");
  writeFileSync(file, 'secret,jane,42,"team, other"\n\nplain,joe,43\n');
  const authenticators = [staticTokens(file), anonymous];
  assert.deepEqual(await authenticateRequest(authenticators, { bearerToken: "secret" }), {
    user: "jane",
    uid: "42",
    groups: ["team", "other", "system:authenticated"],
  });
  assert.equal((await authenticateRequest(authenticators, { bearerToken: "plain" })).user, "joe");
  assert.equal((await authenticateRequest(authenticators, {})).user, "system:anonymous");
  await assert.rejects(authenticateRequest(authenticators, { bearerToken: "x" }), {
    reason: "Unauthorized",
    code: 401,
  });
  await assert.rejects(authenticateRequest([staticTokens(file)], {}), { reason: "Unauthorized" });
});

test("an identity token of an issuer names user and groups", async () => {
  const pki = await openPki(join(directory, "pki"), systemClock);
  const { cert, key } = await pki.servingCertificate("issuer", ["127.0.0.1"]);
  const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const server = createServer({ cert, key }, (request, response) => {
    const answers: Record<string, unknown> = {
      "/.well-known/openid-configuration": { issuer, jwks_uri: `${issuer}/keys` },
      "/keys": { keys: [{ ...pair.publicKey.export({ format: "jwk" }), kid: "k1", use: "sig" }] },
    };
    response.end(JSON.stringify(answers[request.url ?? ""]));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const options = { issuerUrl: issuer, clientId: "kubernetes", groupsClaim: "groups", groupsPrefix: "oidc:" };
    const oidc = oidcTokens({ ...options, ca: pki.caCertificate }, systemClock);
    const exp = Date.now() / 1000 + 60;
    const claims = { iss: issuer, aud: "kubernetes", sub: "jane", exp, groups: ["team"] };
    const show = async (changes: object, signer = pair.privateKey) =>
      authenticateRequest([oidc, anonymous], { bearerToken: await signToken({ ...claims, ...changes }, signer, "k1") });
    assert.deepEqual(await show({}), { user: `${issuer}#jane`, groups: ["oidc:team", "system:authenticated"] });
    for (const changes of [{ aud: "other" }, { exp: exp - 120 }, { sub: undefined }, { iss: "https://else" }]) {
      await assert.rejects(show(changes), { reason: "Unauthorized" });
    }
    const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    await assert.rejects(show({}, other), { reason: "Unauthorized" });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("tokens are signed as their keys allow, and are known by any of the keys", async () => {
  const pairs = [
    generateKeyPairSync("ec", { namedCurve: "P-256" }),
    generateKeyPairSync("ec", { namedCurve: "P-384" }),
    generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ];
  const pem = (key: KeyObject, type: "pkcs8" | "spki") => key.export({ type, format: "pem" }).toString();
  const further = pairs.map(({ publicKey }) => pem(publicKey, "spki"));
  for (const { privateKey } of pairs) {
    const keys = new TokenKeys(() => ({ signing: pem(privateKey, "pkcs8"), further }));
    const { key, keyId } = keys.signing;
    const token = await signToken({ iss: "me", aud: ["a"] }, key, keyId);
    assert.deepEqual(await readClaims(token), { iss: "me", aud: ["a"] });
    assert.equal(await isSigned(token, (id) => keys.candidates(id)), true);
    assert.equal(await isSigned(token, () => keys.candidates(undefined)), true, "the others are tried, too");
    assert.equal(await isSigned(`${token.slice(0, -4)}AAAA`, (id) => keys.candidates(id)), false);
    const others = pairs.filter((pair) => pair.privateKey !== privateKey).map(({ publicKey }) => publicKey);
    assert.equal(await isSigned(token, () => others), false);
    const { keys: shown } = keys.keySet();
    assert.deepEqual(shown.map(({ alg }) => alg).sort(), ["ES256", "ES384", "RS256"]);
  }
  const unsigned = [{ alg: "none" }, { iss: "me" }].map((part) =>
    Buffer.from(JSON.stringify(part)).toString("base64url"),
  );
  assert.equal(await isSigned(`${unsigned.join(".")}.`, () => pairs.map(({ publicKey }) => publicKey)), false);
  for (const none of ["", "a.b", "a.b.c", "x".repeat(100_000)]) assert.equal(await readClaims(none), undefined);
});

test("a webhook is asked who may do what, once in a while", async () => {
  let asked = 0;
  const server = createHttpServer(async (request, response) => {
    asked++;
    const { spec } = JSON.parse(Buffer.concat(await request.toArray()).toString());
    response.end(JSON.stringify({ status: { allowed: spec.user === "jane", denied: spec.user === "eve" } }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/authorize`;
  const kubeconfig = join(directory, "webhook");
  const lines = [
    "apiVersion: v1",
    "kind: Config",
    "current-context: c",
    `clusters: [{name: c, cluster: {server: "${url}"}}]`,
    "users: [{name: u, user: {}}]",
    "contexts: [{name: c, context: {cluster: c, user: u}}]",
  ];
  writeFileSync(kubeconfig, lines.join("\n"));
  try {
    const webhook = new WebhookAuthoriser(kubeconfig, systemClock, silentLogger);
    const verdict = async (user: string) =>
      (await webhook.decide({ user, groups: [] }, { verb: "get", path: "/x" })).verdict;
    assert.deepEqual([await verdict("jane"), await verdict("eve"), await verdict("joe")], ["allow", "deny", "none"]);
    assert.equal(await verdict("jane"), "allow");
    assert.equal(asked, 3);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
