import assert from "node:assert/strict";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { parse } from "yaml";
import { ConfigMapServiceDefinition } from "../../gen/typernetes/core/v1/config_map.ts";
import { Router } from "../grpc/router.ts";
import { startGrpcServer } from "../grpc/server.ts";
import { createTestAuthority } from "../grpc/test-certificates.ts";
import { silentLogger } from "../observe/logger.ts";
import { createClient } from "./create-client.ts";
import { type ClusterAccess, connectFromKubeconfig, readKubeconfig, writeKubeconfig } from "./kubeconfig.ts";

describe("a kubeconfig", () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "kubeconfig-"));
  });
  after(() => rm(directory, { recursive: true }));

  const access: ClusterAccess = {
    server: "https://127.0.0.1:6443",
    grpcAddress: "127.0.0.1:6444",
    ca: "-- CA --\n",
    cert: "-- CERT --\n",
    key: "-- KEY --\n",
    namespace: "default",
    context: "typernetes",
  };

  test("is read as it was written, and is for its owner's eyes only", async () => {
    const path = join(directory, "written");
    await writeKubeconfig(path, access, "kubernetes-admin");
    assert.deepEqual(await readKubeconfig(path), access);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  test("has the shape that Kubernetes' tools read", async () => {
    const path = join(directory, "shape");
    await writeKubeconfig(path, access, "kubernetes-admin");
    const { readFile } = await import("node:fs/promises");
    const config = parse(await readFile(path, "utf8"));
    assert.equal(config["current-context"], "typernetes");
    assert.deepEqual(config.clusters[0].cluster.extensions, [
      { name: "typernetes.io/grpc", extension: { address: "127.0.0.1:6444" } },
    ]);
    assert.deepEqual(config.contexts[0].context, {
      cluster: "typernetes",
      user: "kubernetes-admin",
      namespace: "default",
    });
    assert.equal(Buffer.from(config.users[0].user["client-key-data"], "base64").toString(), access.key);
  });

  const handmade = `apiVersion: v1
kind: Config
current-context: one
clusters:
- name: c
  cluster: {server: "https://example:6443", certificate-authority: ca.pem}
contexts:
- name: one
  context: {cluster: c, user: u}
- name: two
  context: {cluster: c, namespace: team}
- name: broken
  context: {cluster: nowhere}
users:
- name: u
  user: {client-certificate: cert.pem, client-key: key.pem}
`;

  test("may name files beside it, and several contexts", async () => {
    const path = join(directory, "handmade");
    await writeFile(path, handmade);
    for (const name of ["ca", "cert", "key"]) await writeFile(join(directory, `${name}.pem`), `the ${name}`);
    const one = await readKubeconfig(path);
    assert.deepEqual([one.ca, one.cert, one.key, one.namespace], ["the ca", "the cert", "the key", "default"]);
    const two = await readKubeconfig(path, "two");
    assert.deepEqual([two.cert, two.namespace, two.grpcAddress], [undefined, "team", undefined]);
  });

  test("that cannot be used is told why", async () => {
    await assert.rejects(readKubeconfig(join(directory, "absent")), /cannot read .*absent.*ENOENT/);
    await assert.rejects(readKubeconfig("a: [1\nb: 2\n"), /not valid YAML: .*line 2/s);
    await assert.rejects(readKubeconfig("- 1\n- 2\n"), /not a kubeconfig/);
    await assert.rejects(readKubeconfig("kind: Config\n\n"), /no current context/);
    await assert.rejects(readKubeconfig(handmade, "broken"), /no entry "nowhere" in clusters/);
    await assert.rejects(readKubeconfig(handmade, "three"), /no entry "three" in contexts/);
    await assert.rejects(connectFromKubeconfig(join(directory, "handmade")), /no extension typernetes.io\/grpc/);
  });

  test("connects to the gRPC door as the user it names", async () => {
    const authority = await createTestAuthority();
    const router = new Router().add(ConfigMapServiceDefinition, {
      get: async (_request, { identity }) => ({ metadata: { name: identity.user } }),
    });
    const server = await startGrpcServer({
      router,
      host: "127.0.0.1",
      port: 0,
      tls: { ca: authority.ca, ...(await authority.issue("CN=server", { ips: ["127.0.0.1"] })) },
      authenticate: (certificate) => ({ user: String(certificate?.subject.CN), groups: [] }),
      logger: silentLogger,
    });
    const path = join(directory, "real");
    const own = await authority.issue("CN=kubernetes-admin");
    const grpcAddress = `127.0.0.1:${server.port}`;
    await writeKubeconfig(path, { ...access, grpcAddress, ca: authority.ca, ...own }, "kubernetes-admin");
    const transport = await connectFromKubeconfig(path);
    const answer = await createClient(transport).core.v1.configmaps.get("me");
    assert.equal(answer.metadata?.name, "kubernetes-admin");
    await transport.close();
    await server.close();
  });
});
