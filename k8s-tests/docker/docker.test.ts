import { commandBehaviours } from "../behaviours/commands.ts";
import { endBehaviours } from "../behaviours/end.ts";
import { isolationBehaviours } from "../behaviours/isolation.ts";
import { logBehaviours } from "../behaviours/logs.ts";
import { probeBehaviours } from "../behaviours/probes.ts";
import { pullBehaviours } from "../behaviours/pulls.ts";
import { resourceBehaviours } from "../behaviours/resources.ts";
import { restartBehaviours } from "../behaviours/restart.ts";
import { streamBehaviours } from "../behaviours/streams.ts";
import { identityBehaviours } from "../pods/identity.ts";
import { imageBehaviours } from "../pods/images.ts";
import { prepareRunner, securityBehaviours } from "../pods/security.ts";
import { startingBehaviours } from "../pods/starting.ts";
import { volumeBehaviours } from "../pods/volumes.ts";
import { blockBehaviours } from "../storage/blocks.ts";
import { testBehaviours } from "../support/behaviours.ts";

const pods = [startingBehaviours, volumeBehaviours, imageBehaviours, securityBehaviours, identityBehaviours];
const containers = [commandBehaviours, logBehaviours, streamBehaviours, probeBehaviours, resourceBehaviours];
const machine = [isolationBehaviours, pullBehaviours, blockBehaviours];

testBehaviours("docker", [...pods, ...containers, ...machine], {
  prepare: prepareRunner,
  alone: [restartBehaviours, endBehaviours],
});
