import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { SimulatedClock } from "../base/simulated-clock.ts";
import { readKubeconfig } from "./kubeconfig.ts";
import { userCredentials } from "./user-credentials.ts";

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "credentials-"));
});
after(() => rm(directory, { recursive: true }));

async function accessFor(user: object, cluster: object = {}) {
  const config = {
    ...{ apiVersion: "v1", kind: "Config", "current-context": "c" },
    clusters: [{ name: "c", cluster: { server: "https://example:6443", ...cluster } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
  };
  const path = join(directory, "config");
  await writeFile(path, JSON.stringify(config));
  return readKubeconfig(path);
}

/** A program that counts its runs, writes down what it is told, and answers with a token of its own each time. */
async function plugin(status: string, more: object = {}) {
  const script = [
    "#!/bin/sh",
    `echo run >> "${directory}/runs"`,
    `printf %s "$KUBERNETES_EXEC_INFO" > "${directory}/info"`,
    `runs=$(wc -l < "${directory}/runs" | tr -d " ")`,
    `echo "{\\"apiVersion\\":\\"client.authentication.k8s.io/v1\\",\\"kind\\":\\"ExecCredential\\",\\"status\\":${status}}"`,
  ];
  await writeFile(join(directory, "login.sh"), script.join("\n"));
  await chmod(join(directory, "login.sh"), 0o755);
  await rm(join(directory, "runs"), { force: true });
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1",
    command: "./login.sh",
    interactiveMode: "Never",
    ...more,
  };
  return { exec };
}

test("a token stands in the kubeconfig, or in a file that is read again from time to time", async () => {
  const plain = await userCredentials(await accessFor({ token: "abc" }), false);
  assert.equal(await plain.token?.(), "abc");
  const clock = new SimulatedClock();
  await writeFile(join(directory, "token"), "first\n");
  const { token } = await userCredentials(await accessFor({ token: "abc", tokenFile: "token" }), false, clock);
  assert.equal(await token?.(), "first");
  await writeFile(join(directory, "token"), "second\n");
  assert.equal(await token?.(), "first");
  await clock.advance(60_000);
  assert.equal(await token?.(), "second");
  await rm(join(directory, "token"));
  await clock.advance(60_000);
  assert.equal(await token?.(), "second");
});

test("a program says who the user is, again when that is over", async () => {
  const clock = new SimulatedClock();
  const end = new Date(clock.now() + 60_000).toISOString();
  const user = await plugin(`{\\"token\\":\\"t$runs\\",\\"expirationTimestamp\\":\\"${end}\\"}`, {
    provideClusterInfo: true,
  });
  const { token } = await userCredentials(await accessFor(user), false, clock);
  assert.deepEqual([await token?.(), await token?.()], ["t1", "t1"]);
  await clock.advance(60_000);
  assert.deepEqual(await Promise.all([token?.(), token?.()]), ["t2", "t2"]);
  assert.deepEqual(JSON.parse(await readFile(join(directory, "info"), "utf8")), {
    kind: "ExecCredential",
    apiVersion: "client.authentication.k8s.io/v1",
    spec: { cluster: { server: "https://example:6443" }, interactive: false },
  });
});

test("a program may answer with a certificate", async () => {
  const user = await plugin('{\\"clientCertificateData\\":\\"C\\",\\"clientKeyData\\":\\"K\\"}');
  const { cert, key, token } = await userCredentials(await accessFor(user), false);
  assert.deepEqual([cert, key, token], ["C", "K", undefined]);
});

test("what is wrong with a program is told", async () => {
  const asked = async (user: object) => userCredentials(await accessFor(user), false);
  await assert.rejects(asked(await plugin("{}")), /didn't return a token or cert\/key pair/);
  await assert.rejects(asked(await plugin("{}", { apiVersion: "v1" })), /invalid apiVersion "v1"/);
  await assert.rejects(asked(await plugin("{}", { interactiveMode: "Always" })), /not a terminal/);
  await assert.rejects(asked(await plugin("{}", { command: "false" })), /executable false failed with exit code 1/);
  const missing = await plugin("{}", { command: "no-such-program", installHint: "Install it." });
  await assert.rejects(asked(missing), /executable no-such-program not found\n\nInstall it\./);
});

test("a kubeconfig may say as whom everything is done", async () => {
  const user = {
    token: "t",
    as: "jane",
    "as-groups": ["team"],
    "as-uid": "42",
    "as-user-extra": { scopes: ["a", "b"] },
  };
  const { impersonate } = await accessFor(user);
  assert.deepEqual(impersonate, { user: "jane", groups: ["team"], uid: "42", extra: { scopes: ["a", "b"] } });
});
