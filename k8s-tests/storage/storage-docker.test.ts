import { testBehaviours } from "../support/behaviours.ts";
import { blockBehaviours } from "./blocks.ts";
import { claimBehaviours } from "./claims.ts";

testBehaviours("docker", [claimBehaviours, blockBehaviours]);
