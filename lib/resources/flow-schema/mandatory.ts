import type { FlowSchemaSpec, Subject } from "../../../gen/typernetes/flowcontrol/v1/flow_schema.ts";

/** What the schemas that every cluster has say; they may not say anything else. */
export const mandatoryFlowSchemas: Readonly<Record<string, FlowSchemaSpec>> = {
  exempt: {
    priorityLevelConfiguration: { name: "exempt" },
    matchingPrecedence: 1,
    rules: allOf("system:masters"),
  },
  "catch-all": {
    priorityLevelConfiguration: { name: "catch-all" },
    matchingPrecedence: 10_000,
    distinguisherMethod: { type: "ByUser" },
    rules: allOf("system:unauthenticated", "system:authenticated"),
  },
};

function allOf(...groups: string[]): NonNullable<FlowSchemaSpec["rules"]> {
  const subjects: Subject[] = groups.map((name) => ({ kind: "Group", group: { name } }));
  const all = ["*"];
  return [
    {
      subjects,
      resourceRules: [{ verbs: all, apiGroups: all, resources: all, clusterScope: true, namespaces: all }],
      nonResourceRules: [{ verbs: all, nonResourceURLs: all }],
    },
  ];
}
