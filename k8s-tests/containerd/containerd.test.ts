import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { commandBehaviours } from "../behaviours/commands.ts";
import { endBehaviours } from "../behaviours/end.ts";
import { isolationBehaviours } from "../behaviours/isolation.ts";
import { logBehaviours } from "../behaviours/logs.ts";
import { probeBehaviours } from "../behaviours/probes.ts";
import { pullBehaviours } from "../behaviours/pulls.ts";
import { resourceBehaviours } from "../behaviours/resources.ts";
import { restartBehaviours } from "../behaviours/restart.ts";
import { serviceBehaviours } from "../behaviours/services.ts";
import { streamBehaviours } from "../behaviours/streams.ts";
import { prepareRunner, securityBehaviours } from "../pods/security.ts";
import { testBehaviours } from "../support/behaviours.ts";
import { programPath, runProgram } from "../support/program.ts";
import { Place } from "../up/cluster.ts";

const containers = [
  securityBehaviours,
  commandBehaviours,
  logBehaviours,
  streamBehaviours,
  probeBehaviours,
  resourceBehaviours,
];
const machine = [isolationBehaviours, pullBehaviours, serviceBehaviours];

testBehaviours("containerd", [...containers, ...machine], {
  prepare: prepareRunner,
  alone: [restartBehaviours, endBehaviours],
});

test("without containerd, pods on it are refused", async (context) => {
  const place = await Place.make(context);
  const flags = place.up("--runtime", "cri", "--cri-socket", join(place.dataDir, "no.sock"));
  const { code, stderr } = await runProgram(programPath("typernetes"), flags);
  assert.equal(code, 1);
  assert.match(stderr, /^error: containerd cannot be used: .*no\.sock.*--runtime process runs pods\n$/);
});
