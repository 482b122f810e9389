import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openEmbeddedStore } from "../../../../lib/storage/embedded/embedded-store.ts";
import { startTestApiserver } from "../../test-harness.ts";

test("default roles are stored once, completed at the next start, and left alone where they say so", async () => {
  const directory = mkdtempSync(join(tmpdir(), "typernetes-policy-"));
  const store = await openEmbeddedStore({ directory });
  try {
    const first = await startTestApiserver({ store });
    const { clusterroles } = first.client().rbac.v1;
    const admin = await clusterroles.get("admin");
    assert.equal(admin.metadata?.labels?.["kubernetes.io/bootstrapping"], "rbac-defaults");
    assert.ok(admin.rules?.some(({ resources }) => resources?.includes("rolebindings")));
    assert.ok(admin.rules?.some(({ resources }) => resources?.includes("pods/log")));
    // What else a new cluster gets is written meanwhile.
    await first.settle();
    await first.close();
    const before = await store.currentRevision();

    const second = await startTestApiserver({ store });
    assert.equal(await store.currentRevision(), before);
    const roles = second.client().rbac.v1;
    const dns = await roles.clusterroles.get("system:kube-dns");
    const added = { verbs: ["get"], apiGroups: ["example.org"], resources: ["zones"] };
    await roles.clusterroles.update({ ...dns, rules: [added] });
    const discovery = await roles.clusterroles.get("system:discovery");
    const annotations = { "rbac.authorization.kubernetes.io/autoupdate": "false" };
    await roles.clusterroles.update({ ...discovery, metadata: { ...discovery.metadata, annotations }, rules: [] });
    await roles.clusterrolebindings.delete("system:basic-user");
    await second.close();

    const third = await startTestApiserver({ store });
    const after = third.client().rbac.v1;
    const repaired = await after.clusterroles.get("system:kube-dns");
    assert.deepEqual(repaired.rules, [added, ...(dns.rules ?? [])]);
    assert.equal((await after.clusterroles.get("system:discovery")).rules?.length ?? 0, 0);
    assert.ok(await after.clusterrolebindings.get("system:basic-user"));
    await third.close();
  } finally {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  }
});
