import assert from "node:assert/strict";
import { chmod, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { parse } from "yaml";
import { ServiceAccountServiceDefinition } from "../../../gen/typernetes/core/v1/service_account.ts";
import { runCli, startTestCluster, type TestCluster } from "../test-cluster.ts";

describe("who the user is", () => {
  let cluster: TestCluster;
  let token: string;
  const whoami = ["auth", "whoami", "-o", "jsonpath={.status.userInfo.username} {.status.userInfo.groups}"];
  const robot = 'system:serviceaccount:default:robot ["system:serviceaccounts",';

  before(async () => {
    cluster = await startTestCluster();
    await cluster.client.core.v1.serviceaccounts.create({ metadata: { name: "robot", namespace: "default" } });
    const request = { namespace: "default", name: "robot", object: { spec: {} } };
    const answer = await cluster.client.call(ServiceAccountServiceDefinition, "createToken", request);
    token = answer.status?.token ?? "";
  });
  after(() => cluster.close());

  /** The administrator's kubeconfig with another user. */
  async function kubeconfigOf(user: object): Promise<string> {
    const config = parse(await readFile(cluster.kubeconfig, "utf8"));
    config.users[0].user = user;
    return cluster.file("other-kubeconfig", JSON.stringify(config));
  }

  async function asked(user: object, ...flags: string[]) {
    return runCli(["--kubeconfig", await kubeconfigOf(user), ...flags, ...whoami]);
  }

  test("is said by a token in the kubeconfig, in a file, of a program, or on the command line", async () => {
    await cluster.file("token", `${token}\n`);
    const status = { token };
    const credential = { apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status };
    await cluster.file("login.sh", `#!/bin/sh\necho '${JSON.stringify(credential)}'\n`);
    await chmod(join(cluster.directory, "login.sh"), 0o755);
    const exec = { apiVersion: credential.apiVersion, command: "./login.sh", interactiveMode: "Never" };
    for (const user of [{ token }, { tokenFile: "token" }, { exec }]) {
      const { stdout, stderr } = await asked(user);
      assert.ok(stdout.startsWith(robot), stdout + stderr);
    }
    assert.ok((await asked({}, "--token", token)).stdout.startsWith(robot));
    const wrong = await asked({ token: "wrong" });
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /Unauthorized/);
    const { stderr } = await asked({ exec: { ...exec, command: "no-such-program" } });
    assert.match(stderr, /executable no-such-program not found/);
  });

  test("may be somebody else by --as and --as-group, or by the kubeconfig", async () => {
    const { stdout } = await cluster.typectl([...whoami, "--as", "jane", "--as-group", "team", "--as-group=a,b"]);
    assert.equal(stdout, 'jane ["team","a,b","system:authenticated"]');
    const { users } = parse(await readFile(cluster.kubeconfig, "utf8"));
    const { stdout: told } = await asked({ ...users[0].user, as: "joe", "as-groups": ["team"] });
    assert.equal(told, 'joe ["team","system:authenticated"]');
    const refused = await cluster.typectl(["get", "pods", "--as", "jane"]);
    assert.match(refused.stderr, /User "jane" cannot list resource "pods"/);
    const mayNot = await asked({ token }, "--as", "jane");
    assert.match(mayNot.stderr, /cannot impersonate resource "users"/);
    const nobody = await cluster.typectl(["get", "pods", "--as-group", "team"]);
    assert.match(nobody.stderr, /requesting uid, groups or user-extra for as without a user/);
  });

  test("what the server warns of is told once", async () => {
    const labels = { "pod-security.kubernetes.io/warn": "restricted" };
    await cluster.client.core.v1.namespaces.create({ metadata: { name: "warned", labels } });
    const pod = (name: string) => ({
      ...{ apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "warned" } },
      spec: { containers: [{ name: "c", image: "i" }] },
    });
    const items = [pod("a"), pod("b")];
    const path = await cluster.file("pods.json", JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    const { code, stderr } = await cluster.typectl(["create", "-f", path]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^Warning: would violate PodSecurity "restricted:latest": [^\n]*\n$/);
  });
});
