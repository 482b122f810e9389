import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { eventually } from "../../lib/base/eventually.ts";
import { writeKubeconfigs } from "../../services/apiserver/service.ts";
import { startTestApiserver } from "../../services/apiserver/test-harness.ts";
import {
  type ConfigMap,
  connectFromKubeconfig,
  createClient,
  createInformerFactory,
  isStatusError,
  StatusError,
} from "./index.ts";

test("a program connects by kubeconfig, writes, follows, and is told what went wrong", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "sdk-"));
  const listen = { pkiDirectory: join(directory, "pki"), host: "127.0.0.1", grpcPort: 0, httpsPort: 0 };
  const server = await startTestApiserver({ listen });
  t.after(() => server.close());
  await writeKubeconfigs(server.apiserver, directory, []);

  const client = createClient(await connectFromKubeconfig(join(directory, "kubeconfig")));
  t.after(() => client.transport.close());
  const { configmaps } = client.core.v1;
  const informers = createInformerFactory();
  t.after(() => informers.stop());
  t.after(() => rm(directory, { recursive: true, force: true }));
  const { lister } = informers.informer(configmaps, { namespace: "default" });
  await informers.start();

  const settings: ConfigMap = { metadata: { name: "settings", namespace: "default" }, data: { color: "blue" } };
  await configmaps.create(settings);
  await eventually(() => lister.get("default", "settings")?.data?.["color"] === "blue");
  await assert.rejects(
    configmaps.create(settings),
    (error) => error instanceof StatusError && isStatusError(error, "AlreadyExists"),
  );
});
