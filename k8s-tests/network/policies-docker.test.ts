import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { NetworkPolicy } from "../../clients/sdk/index.ts";
import { inDefault, PodCluster } from "../support/pod-cluster.ts";
import { without } from "../support/pod-runtimes.ts";
import { isReady } from "../support/pods.ts";
import { programPath, runProgram } from "../support/program.ts";
import { until } from "./until.ts";

type PolicySpec = NonNullable<NetworkPolicy["spec"]>;

describe("network policies on Docker", { skip: without("docker") }, () => {
  const cluster = new PodCluster("docker");
  const ips: Record<string, string> = {};

  before(
    async () => {
      await cluster.start();
      const script = 'mkdir -p /tmp/www && hostname > /tmp/www/name && exec busybox httpd -f -p "$PORT" -h /tmp/www';
      const container = (port: number) => ({
        ...cluster.shell(script, { env: [{ name: "PORT", value: String(port) }] }),
        ports: [{ name: "http", containerPort: port }],
      });
      const pods = { web: 8080, friend: 8081, stranger: 8082 };
      for (const [name, port] of Object.entries(pods))
        await cluster.create(name, container(port), {}, { labels: { name } });
      for (const name of Object.keys(pods)) {
        const pod = await cluster.until(name, (it) => isReady(it) && it.status?.podIP !== undefined);
        ips[name] = pod.status?.podIP ?? "";
      }
    },
    { timeout: 240_000 },
  );
  after(() => cluster.stop(), { timeout: 240_000 });

  /** Whether a pod gets an answer from another. */
  async function reaches(from: string, to: string, port = 8080): Promise<boolean> {
    const kubeconfig = ["--kubeconfig", join(cluster.dataDir, "kubeconfig")];
    const request = `printf "GET /name HTTP/1.0\\r\\n\\r\\n" | nc -w 2 ${ips[to]} ${port} | tail -n 1`;
    const command = ["exec", from, "--", "sh", "-c", request];
    const { stdout } = await runProgram(programPath("typectl"), [...kubeconfig, ...command]);
    return stdout.trim() === to;
  }

  const whoReachesWeb = async () => {
    const answers = await Promise.all(["friend", "stranger"].map((name) => reaches(name, "web")));
    return ["friend", "stranger"].filter((_, index) => answers[index]).join();
  };
  const policies = () => cluster.client.networking.v1.networkpolicies;
  const put = (name: string, spec: PolicySpec) => policies().create({ metadata: { ...inDefault, name }, spec });
  const web = { podSelector: { matchLabels: { name: "web" } } };
  const friend = { podSelector: { matchLabels: { name: "friend" } } };

  test("who comes in is chosen by labels, ports and blocks of addresses", async () => {
    await until("friend,stranger", whoReachesWeb, "without policies");
    await put("closed", { ...web, policyTypes: ["Ingress"] });
    await until("", whoReachesWeb, "closed");
    await put("friends", { ...web, ingress: [{ from: [friend], ports: [{ port: "http" }] }] });
    await until("friend", whoReachesWeb, "friends by the port's name");
    await policies().delete("friends", inDefault);
    const block = { cidr: `${ips["stranger"]}/24`, except: [`${ips["friend"]}/32`] };
    await put("block", { ...web, ingress: [{ from: [{ ipBlock: block }] }] });
    await until("stranger", whoReachesWeb, "a block of addresses but for one");
    for (const name of ["closed", "block"]) await policies().delete(name, inDefault);
    await until("friend,stranger", whoReachesWeb, "without policies again");
  });

  test("what goes out is held to what is allowed", async () => {
    await put("out", { ...friend, policyTypes: ["Egress"], egress: [{ to: [web], ports: [{ port: 8080 }] }] });
    await until(false, () => reaches("friend", "stranger", 8082));
    await until(true, () => reaches("friend", "web"));
    assert.equal(await reaches("stranger", "friend", 8081), true, "answers go out");
    await policies().delete("out", inDefault);
    await until(true, () => reaches("friend", "stranger", 8082));
  });
});
