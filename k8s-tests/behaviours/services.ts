import assert from "node:assert/strict";
import type { Behaviours } from "../support/behaviours.ts";
import { inDefault } from "../support/pod-cluster.ts";
import { waitFor } from "../support/wait.ts";

export const serviceBehaviours: Behaviours = {
  "a service leads to its ready pods by its name, by its address, and by its port of the node": async (cluster) => {
    const labels = { app: "served" };
    const main = cluster.shell("until [ -e /tmp/go ]; do sleep 0.1; done; exec nc -ll -p 8080 -e echo -n hello", {
      readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1, timeoutSeconds: 30 },
    });
    await cluster.create("server", main, {}, { labels });
    const { services } = cluster.client.core.v1;
    const ports = [{ port: 80, targetPort: 8080 }];
    const metadata = { ...inDefault, name: "served" };
    const { spec = {} } = await services.create({ metadata, spec: { type: "NodePort", selector: labels, ports } });
    await cluster.create("client", cluster.shell("while :; do sleep 1; done"));
    const { status } = await cluster.ready("client");
    const ask = (host = "", port = 80) => cluster.exec("client", "sh", "-c", `nc -w 5 ${host} ${port}; true`);
    assert.equal(await ask(spec.clusterIP), "");
    await cluster.exec("server", "touch", "/tmp/go");
    await cluster.ready("server");
    for (const [host, port] of [
      ["served", 80],
      [spec.clusterIP, 80],
      [status?.hostIP, spec.ports?.[0]?.nodePort],
    ] as const)
      await waitFor(`${host}:${port} answers`, async () => (await ask(host, port)) === "hello");
    await services.delete("served", inDefault);
    for (const name of ["server", "client"]) await cluster.delete(name);
  },
};
