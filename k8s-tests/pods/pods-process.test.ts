import { commandBehaviours } from "../behaviours/commands.ts";
import { isolationBehaviours } from "../behaviours/isolation.ts";
import { resourceBehaviours } from "../behaviours/resources.ts";
import { restartBehaviours } from "../behaviours/restart.ts";
import { testBehaviours } from "../support/behaviours.ts";
import { identityBehaviours } from "./identity.ts";
import { imageBehaviours } from "./images.ts";
import { prepareRunner, securityBehaviours } from "./security.ts";
import { startingBehaviours } from "./starting.ts";
import { volumeBehaviours } from "./volumes.ts";

const pods = [startingBehaviours, volumeBehaviours, imageBehaviours, securityBehaviours, identityBehaviours];
const containers = [commandBehaviours, resourceBehaviours, isolationBehaviours];

testBehaviours("process", [...pods, ...containers], { prepare: prepareRunner, alone: [restartBehaviours] });
