import assert from "node:assert/strict";
import type { ContainerSecurity } from "../runtime.ts";
import type { Promises } from "./test-bench.ts";

const plain: ContainerSecurity = {
  privileged: false,
  readOnlyRootFilesystem: false,
  supplementalGroups: [],
  addCapabilities: [],
  dropCapabilities: [],
  noNewPrivileges: false,
};

const NET_ADMIN = 1n << 12n;
const SYS_ADMIN = 1n << 21n;
const CHOWN = 1n << 0n;

const capabilitiesScript = "while read -r k v; do case $k in CapEff:) echo $v;; esac; done < /proc/self/status";

export const securityPromises: Promises = {
  "user, group and supplemental groups are as asked": async (bench) => {
    const security = { ...plain, runAsUser: 1234, runAsGroup: 2345, supplementalGroups: [3456, 4567] };
    const groups = await bench.output("echo $(id -u) $(id -g) $(id -G)", { security });
    assert.deepEqual(groups.trim().split(" ").slice(0, 2), ["1234", "2345"]);
    assert.deepEqual(groups.trim().split(" ").slice(2).sort(), ["2345", "3456", "4567"]);
  },

  "a user without a group is in group 0": async (bench) => {
    assert.equal(await bench.output("echo $(id -u) $(id -g)", { security: { ...plain, runAsUser: 1234 } }), "1234 0\n");
  },

  "a user without privileges can write to its output by name": async (bench) => {
    const security = { ...plain, runAsUser: 1234 };
    const text = await bench.output("echo out > /dev/stdout; echo err > /dev/stderr", { security });
    assert.deepEqual(text.split("\n").sort(), ["", "err", "out"]);
  },

  "capabilities are a small set, changed by add and drop": async (bench) => {
    const sandbox = await bench.sandbox();
    let attempt = 0;
    const effective = async (changes: Partial<ContainerSecurity>) => {
      const options = { security: { ...plain, ...changes }, attempt: attempt++ };
      return BigInt(`0x${(await bench.output(capabilitiesScript, options, sandbox)).trim()}`);
    };
    const standard = await effective({});
    assert.equal(standard & (NET_ADMIN | SYS_ADMIN), 0n);
    assert.equal(standard & CHOWN, CHOWN);
    assert.equal(await effective({ dropCapabilities: ["ALL"] }), 0n);
    assert.equal(await effective({ dropCapabilities: ["ALL"], addCapabilities: ["NET_ADMIN"] }), NET_ADMIN);
    assert.equal(await effective({ dropCapabilities: ["CHOWN"] }), standard & ~CHOWN);
    assert.equal((await effective({ privileged: true })) & SYS_ADMIN, SYS_ADMIN);
    assert.equal(await effective({ runAsUser: 1234 }), 0n);
  },

  "no new privileges": async (bench) => {
    const script = "while read -r k v; do case $k in NoNewPrivs:) echo $v;; esac; done < /proc/self/status";
    assert.equal(await bench.output(script, { security: { ...plain, noNewPrivileges: true } }), "1\n");
    assert.equal(await bench.output(script), "0\n");
  },

  "a read-only root file system cannot be written, mounts can": async (bench) => {
    const security = { ...plain, readOnlyRootFilesystem: true };
    const text = await bench.output("touch /x 2>/dev/null || echo denied; echo ok > /dev/shm/x && cat /dev/shm/x", {
      security,
    });
    assert.equal(text, "denied\nok\n");
  },

  "a container sees its own processes only, with its command as the first": async (bench) => {
    const text = await bench.output("echo $$; ls -d /proc/[0-9]* | wc -l");
    const [pid, count] = text.trim().split("\n").map(Number);
    assert.equal(pid, 1);
    assert.ok(count !== undefined && count <= 4, text);
  },
};
