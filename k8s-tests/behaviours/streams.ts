import assert from "node:assert/strict";
import type { Behaviours } from "../support/behaviours.ts";
import { patienceMs } from "../support/pod-cluster.ts";
import { waitFor } from "../support/wait.ts";

const waiting = "while :; do sleep 0.1; done";

export const streamBehaviours: Behaviours = {
  "exec: output and errors apart, input to its end, exit codes, what cannot be run": async (cluster) => {
    await cluster.create("served", cluster.shell(waiting));
    await cluster.ready("served");
    const exec = (args: string[], input?: string) => cluster.kubectl(["exec", ...args], input);
    const both = await exec(["served", "--", "sh", "-c", "echo out; echo err >&2; exit 7"]);
    // A kubectl that speaks WebSocket may hear the server's greeting before it is ready, and complains in lines of its own.
    const stderr = both.stderr.replaceAll(/^E\d{4} .*Unknown stream id.*\n/gm, "");
    const wanted = { code: 7, stdout: "out\n", stderr: "err\ncommand terminated with exit code 7\n" };
    assert.deepEqual({ ...both, stderr }, wanted);
    assert.equal((await exec(["-i", "served", "--", "sh", "-c", "cat; echo done"], "typed ")).stdout, "typed done\n");
    const large = "y".repeat(300_000);
    assert.equal((await exec(["-i", "served", "--", "cat"], large)).stdout, large);
    const missing = await exec(["served", "--", "no-such-command"]);
    assert.notEqual(missing.code, 0);
    assert.match(missing.stderr, /no-such-command/);
    await cluster.delete("served");
  },

  "exec on a terminal has its size and its input": async (cluster) => {
    await cluster.create("terminal", cluster.shell(waiting));
    await cluster.ready("terminal");
    const script = "test -t 0 && echo a terminal; read a; echo got $a";
    const shown = await cluster.kubectlOnTerminal(["exec", "-it", "terminal", "--", "sh", "-c", script], "it\n");
    // What typed it types a NUL at its end, which the terminal may show before either answer.
    assert.match(shown, /^(?:\^@)?a terminal$/m);
    assert.match(shown, /^(?:\^@)?got it$/m);
    await cluster.delete("terminal");
  },

  "attach: input once, and the output until the end": async (cluster) => {
    const main = cluster.shell("read word; echo got $word; cat > /dev/null", { stdin: true, stdinOnce: true });
    await cluster.create("attached", main);
    await cluster.ready("attached");
    const { stdout } = await cluster.kubectl(["attach", "-i", "attached", "-q"], "something\n");
    assert.match(stdout, /got something\n/);
    await cluster.ended("attached");
    assert.equal(await cluster.logs("attached"), "got something\n");
    await cluster.delete("attached");
  },

  "port-forward reaches what listens on the pod's own loopback": async (cluster) => {
    const script = "mkdir /tmp/www; echo served > /tmp/www/word; exec busybox httpd -f -p 127.0.0.1:7070 -h /tmp/www";
    await cluster.create("forwarding", cluster.shell(script));
    await cluster.ready("forwarding");
    const forward = cluster.kubectlBeside("port-forward", "pod/forwarding", ":7070");
    try {
      await forward.printed("Forwarding from 127.0.0.1", patienceMs);
      const [, port] = /^Forwarding from 127\.0\.0\.1:(\d+) -> 7070$/m.exec(forward.output) ?? [];
      await waitFor("it is served", async () => (await fetch(`http://127.0.0.1:${port}/word`)).ok);
      const answers = await Promise.all([1, 2, 3].map(() => fetch(`http://127.0.0.1:${port}/word`)));
      assert.deepEqual(await Promise.all(answers.map((answer) => answer.text())), Array(3).fill("served\n"));
    } finally {
      await forward.stop();
    }
    await cluster.delete("forwarding");
  },
};
