// Nodes are network namespaces of the machine, each with its bridge and rules.
import "./on-docker.ts";
import "../network/policies.test.ts";
import "../network/services.test.ts";
