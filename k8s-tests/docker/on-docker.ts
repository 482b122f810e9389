import { runOn } from "../support/shared-cluster.ts";

// Imported before tests, it has them run on Docker.
runOn("docker");
