import { testBehaviours } from "../support/behaviours.ts";
import { identityBehaviours } from "./identity.ts";
import { imageBehaviours } from "./images.ts";
import { prepareRunner, securityBehaviours } from "./security.ts";
import { startingBehaviours } from "./starting.ts";
import { volumeBehaviours } from "./volumes.ts";

const parts = [startingBehaviours, volumeBehaviours, imageBehaviours, securityBehaviours, identityBehaviours];
testBehaviours("docker", parts, prepareRunner);
