import assert from "node:assert/strict";
import type { Behaviours } from "../support/behaviours.ts";
import { inDefault, stateOf } from "../support/pod-cluster.ts";

/** Tells what it was started as, where, and by whom. */
const tell = ["sh", "-c", 'echo "$0 $*"; pwd; id -u; echo $FROM'];

export const commandBehaviours: Behaviours = {
  "the image says what is run, where and by whom, as far as the pod does not": async (cluster) => {
    const image = `${cluster.image}-telling`;
    const config = { Entrypoint: [...tell, "image"], Cmd: ["a", "b"], WorkingDir: "/tmp", User: "1234" };
    await cluster.addImage(image, { config: { ...config, Env: ["PATH=/bin", "FROM=image"] } });
    const output = async (name: string, container: object) => {
      await cluster.create(name, { image, ...container });
      await cluster.ended(name);
      const text = await cluster.logs(name);
      await cluster.delete(name);
      return text.trim().split("\n");
    };
    const env = [{ name: "FROM", value: "pod" }];
    const own = { workingDir: "/bin", env, securityContext: { runAsUser: 77 } };
    const answers = await Promise.all([
      output("as-image", {}),
      output("as-arguments", { args: ["c"] }),
      output("as-command", { command: [...tell, "pod", "d"] }),
      output("as-pod", { command: [...tell, "pod"], args: ["$(FROM)", "$$(FROM)"], ...own }),
    ]);
    assert.deepEqual(answers, [
      ["image a b", "/tmp", "1234", "image"],
      ["image c", "/tmp", "1234", "image"],
      ["pod d", "/tmp", "1234", "image"],
      ["pod pod $(FROM)", "/bin", "77", "pod"],
    ]);
  },

  "a command that is not there, and one that may not be run, are told with their codes": async (cluster) => {
    await cluster.create("lost", { command: ["no-such-command"] });
    await cluster.create("forbidden", { command: ["/etc/hosts"] });
    const endOf = async (name: string) => {
      const pod = await cluster.ended(name);
      await cluster.delete(name);
      const { terminated } = stateOf(pod);
      assert.ok(terminated, `${name}: ${JSON.stringify(pod.status?.containerStatuses)}`);
      assert.ok([126, 127, 128].includes(terminated.exitCode ?? 0), `${name}: ${terminated.exitCode}`);
      return terminated.message ?? "";
    };
    assert.match(await endOf("lost"), /no-such-command/);
    assert.match(await endOf("forbidden"), /permission denied/i);
  },

  "what does not heed the signal is killed when its time is up": async (cluster) => {
    const main = cluster.shell("trap '' TERM; echo up; while :; do sleep 0.1; done");
    await cluster.create("deaf", main, { terminationGracePeriodSeconds: 1 });
    await cluster.lines("deaf", 1);
    await cluster.client.core.v1.pods.patch("deaf", { spec: { activeDeadlineSeconds: 1 } }, inDefault);
    const pod = await cluster.ended("deaf");
    assert.deepEqual([pod.status?.phase, pod.status?.reason], ["Failed", "DeadlineExceeded"]);
    const { terminated } = stateOf(await cluster.until("deaf", (it) => stateOf(it).terminated !== undefined));
    assert.equal(terminated?.exitCode, 137);
    await cluster.delete("deaf");
  },
};
