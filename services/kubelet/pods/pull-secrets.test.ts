import assert from "node:assert/strict";
import { test } from "node:test";
import { credentialsFor, loginsOf } from "./pull-secrets.ts";

const auth = (name: string) => ({ auth: Buffer.from(`${name}:secret:${name}`).toString("base64") });
const secret = (auths: object) => new Map([[".dockerconfigjson", Buffer.from(JSON.stringify({ auths }))]]);
const names = (image: string, auths: object) =>
  credentialsFor(image, loginsOf(secret(auths))).map(({ username }) => username);

test("logins are read in either form of secret, encoded or plain", () => {
  const plain = { username: "me", password: "word" };
  const old = new Map([[".dockercfg", Buffer.from(JSON.stringify({ "a.io": plain }))]]);
  assert.deepEqual(loginsOf(old), [{ place: "a.io", credentials: plain }]);
  assert.deepEqual(loginsOf(secret({ "https://b.io/v2/": auth("you") })), [
    { place: "b.io", credentials: { username: "you", password: "secret:you" } },
  ]);
  for (const text of ["", "nonsense", "null", '{"auths":{"a.io":{"auth":"!"}}}', '{"auths":{"a.io":5}}'])
    assert.deepEqual(loginsOf(new Map([[".dockerconfigjson", Buffer.from(text)]])), []);
});

test("an image's logins are those of its host and of folders that it is in, the nearest first", () => {
  const auths = { "r.io:5000": auth("host"), "r.io:5000/team": auth("team"), "r.io": auth("port") };
  assert.deepEqual(names("r.io:5000/team/app:1", auths), ["team", "host"]);
  assert.deepEqual(names("r.io:5000/teams/app@sha256:0", auths), ["host"]);
  assert.deepEqual(names("r.io/team/app", auths), ["port"]);
  assert.deepEqual(names("other.io/app", auths), []);
});

test("images without a host are Docker Hub's, by whichever of its names", () => {
  for (const place of ["https://index.docker.io/v1/", "docker.io", "registry-1.docker.io"]) {
    assert.deepEqual(names("busybox", { [place]: auth("hub") }), ["hub"]);
    assert.deepEqual(names("me/app:2", { [place]: auth("hub") }), ["hub"]);
  }
  assert.deepEqual(names("app", { "docker.io/library": auth("library") }), ["library"]);
  assert.deepEqual(names("localhost/app", { "docker.io": auth("hub") }), []);
});

test("a host may be a pattern, part by part", () => {
  assert.deepEqual(names("eu.r.io/app", { "*.r.io": auth("any") }), ["any"]);
  assert.deepEqual(names("eu.x.r.io/app", { "*.r.io": auth("any") }), []);
  assert.deepEqual(names("reg1.r.io/app", { "reg*.r.io": auth("some") }), ["some"]);
});
