import { serviceBehaviours } from "../behaviours/services.ts";
import { identityBehaviours } from "../pods/identity.ts";
import { imageBehaviours } from "../pods/images.ts";
import { startingBehaviours } from "../pods/starting.ts";
import { volumeBehaviours } from "../pods/volumes.ts";
import { blockBehaviours } from "../storage/blocks.ts";
import { claimBehaviours } from "../storage/claims.ts";
import { testBehaviours } from "../support/behaviours.ts";

// What of the tables is not shown on these runtimes by the tests of each.
testBehaviours("docker", [claimBehaviours, serviceBehaviours]);
const pods = [startingBehaviours, identityBehaviours, volumeBehaviours, imageBehaviours];
testBehaviours("containerd", [...pods, claimBehaviours, blockBehaviours]);
