import { serviceBehaviours } from "../behaviours/services.ts";
import { identityBehaviours } from "../pods/identity.ts";
import { startingBehaviours } from "../pods/starting.ts";
import { blockBehaviours } from "../storage/blocks.ts";
import { claimBehaviours } from "../storage/claims.ts";
import { testBehaviours } from "../support/behaviours.ts";

// What of the tables is not shown on these runtimes by the tests of each.
testBehaviours("docker", [claimBehaviours, serviceBehaviours]);
testBehaviours("containerd", [startingBehaviours, identityBehaviours, claimBehaviours, blockBehaviours]);
