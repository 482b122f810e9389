import type {
  FlowSchemaSpec,
  PolicyRulesWithSubjects,
  Subject,
} from "../../../gen/typernetes/flowcontrol/v1/flow_schema.ts";
import { mandatoryFlowSchemas } from "../../../lib/resources/flow-schema/mandatory.ts";

const all = ["*"];
const everything: PolicyRulesWithSubjects = {
  resourceRules: [{ verbs: all, apiGroups: all, resources: all, clusterScope: true, namespaces: all }],
  nonResourceRules: [{ verbs: all, nonResourceURLs: all }],
};
const leaseRules = [
  { verbs: ["get", "create", "update"], apiGroups: ["coordination.k8s.io"], resources: ["leases"], namespaces: all },
];
const nodes = groups("system:nodes");
const controllerManager = user("system:kube-controller-manager");
const scheduler = user("system:kube-scheduler");
const systemAccounts: Subject = { kind: "ServiceAccount", serviceAccount: { namespace: "kube-system", name: "*" } };
const everybody = groups("system:unauthenticated", "system:authenticated");

/** Flow schemas that a cluster begins with; the mandatory ones stay as they are. */
export const builtInSchemas: Readonly<Record<string, FlowSchemaSpec>> = {
  ...mandatoryFlowSchemas,
  probes: {
    priorityLevelConfiguration: { name: "exempt" },
    matchingPrecedence: 2,
    rules: [
      {
        subjects: everybody,
        nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/healthz", "/readyz", "/livez"] }],
      },
    ],
  },
  "system-leader-election": byUser("leader-election", 100, {
    subjects: [controllerManager, scheduler, systemAccounts],
    resourceRules: leaseRules,
  }),
  "endpoint-controller": byUser("workload-high", 150, {
    subjects: [controllerManager],
    resourceRules: [{ verbs: ["get", "create", "update"], apiGroups: [""], resources: ["endpoints"], namespaces: all }],
  }),
  "workload-leader-election": byUser("leader-election", 200, { subjects: [systemAccounts], resourceRules: leaseRules }),
  "system-node-high": byUser("node-high", 400, {
    subjects: nodes,
    resourceRules: [
      { verbs: all, apiGroups: [""], resources: ["nodes", "nodes/status"], clusterScope: true },
      { verbs: all, apiGroups: ["coordination.k8s.io"], resources: ["leases"], namespaces: all },
    ],
  }),
  "system-nodes": byUser("system", 500, { subjects: nodes, ...everything }),
  "kube-controller-manager": byNamespace("workload-high", 800, controllerManager),
  "kube-scheduler": byNamespace("workload-high", 800, scheduler),
  "kube-system-service-accounts": byNamespace("workload-high", 900, systemAccounts),
  "service-accounts": byUser("workload-low", 9000, { subjects: groups("system:serviceaccounts"), ...everything }),
  "global-default": byUser("global-default", 9900, { subjects: everybody, ...everything }),
};

function byUser(level: string, matchingPrecedence: number, rules: PolicyRulesWithSubjects): FlowSchemaSpec {
  const distinguisherMethod = { type: "ByUser" };
  return { priorityLevelConfiguration: { name: level }, matchingPrecedence, distinguisherMethod, rules: [rules] };
}

function byNamespace(level: string, matchingPrecedence: number, subject: Subject): FlowSchemaSpec {
  return {
    ...byUser(level, matchingPrecedence, { subjects: [subject], ...everything }),
    distinguisherMethod: { type: "ByNamespace" },
  };
}

function groups(...names: string[]): Subject[] {
  return names.map((name) => ({ kind: "Group", group: { name } }));
}

function user(name: string): Subject {
  return { kind: "User", user: { name } };
}
