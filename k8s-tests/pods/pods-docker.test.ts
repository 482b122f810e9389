import { testBehaviours } from "../support/behaviours.ts";
import { imageBehaviours } from "./images.ts";

testBehaviours("docker", [imageBehaviours]);
