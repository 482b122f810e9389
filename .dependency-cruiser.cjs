const ours = "^(lib|services|clients|k8s-tests|bench|scripts|bin|gen)/";

/** Tests, and what only tests use: they may reach further than the code beside them, and nothing else imports them. */
const testCode = [
  "\\.test\\.ts$",
  "/(testing|conformance)/",
  "[/-]conformance\\.ts$",
  "/conformance-[^/]+$",
  "/test-[^/]+$",
  "/(fake-api|fake-api-connection|arbitrary-message|simulated-clock|eventually|namespace-stage)\\.ts$",
];

/** Who may import whom (ARCHITECTURE.md): downward only. Tests also start a real apiserver, through its harness alone. */
const only = (name, from, to) => [
  {
    name,
    severity: "error",
    from: { path: `^${from}`, pathNot: testCode },
    to: { path: ours, pathNot: to.map((folder) => `^${folder}`) },
  },
  {
    name: `${name}-tests`,
    severity: "error",
    from: { path: testCode.map((pattern) => `^${from}.*${pattern}`) },
    to: {
      path: ours,
      pathNot: [...to.map((folder) => `^${folder}`), ...testCode.map((p) => `^lib/.*${p}`), ...apiserverForTests],
    },
  },
];

const apiserverForTests = [
  "^services/apiserver/(service|test-harness)\\.ts$",
  "^lib/storage/(store|embedded/embedded-store)\\.ts$",
];

const confined = (name, packages, folders) => ({
  name: `confined-${name}`,
  severity: "error",
  from: { pathNot: folders.map((folder) => `^${folder}`) },
  to: { path: packages.map((pkg) => `node_modules/${pkg}/`) },
});

module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    ...only("gen", "gen/", ["gen/"]),
    ...only("base", "lib/base/", ["lib/base/"]),
    ...only("net", "lib/net/", ["lib/net/", "lib/base/"]),
    ...only("spdy", "lib/spdy/", ["lib/spdy/", "lib/base/"]),
    ...only("observe", "lib/observe/", ["lib/observe/", "lib/base/"]),
    ...only("grpc", "lib/grpc/", ["lib/grpc/", "lib/observe/", "lib/base/", "gen/"]),
    ...only("api", "lib/api/", ["lib/api/", "lib/base/", "gen/"]),
    ...only("cel", "lib/cel/", ["lib/cel/", "lib/api/", "lib/base/"]),
    ...only("structural", "lib/structural/", ["lib/structural/", "lib/cel/", "lib/api/", "lib/base/", "gen/"]),
    ...only("resources", "lib/resources/", ["lib/(resources|structural|cel|api|base)/", "gen/"]),
    ...only("storage", "lib/storage/", ["lib/storage/", "lib/observe/", "lib/base/"]),
    ...only("client", "lib/client/", ["lib/client/", "lib/grpc/", "lib/api/", "lib/observe/", "lib/base/", "gen/"]),
    ...only("controller", "lib/controller/", ["lib/(controller|client|grpc|api|observe|base)/", "gen/"]),
    ...["apiserver", "controller-manager", "scheduler", "kubelet", "proxy", "dns"].flatMap((service) =>
      only(`service-${service}`, `services/${service}/`, [
        `services/${service}/`,
        service === "apiserver" ? "lib/" : "lib/(?!storage/)",
        "gen/",
      ]),
    ),
    ...only("allinone", "services/allinone/", [
      "services/allinone/",
      "services/[^/]+/(service|options|main)\\.ts$",
      "services/kubelet/network/",
      "services/kubelet/runtimes/(runtime|[a-z]+/([a-z]+-runtime|remove-everything|mount-info))\\.ts$",
      "lib/",
      "gen/",
    ]),
    ...only("clients", "clients/", [
      "clients/",
      "lib/(client|controller|resources|structural|cel|api|grpc|observe|base)/",
      "gen/",
    ]),
    ...only("k8s-tests", "k8s-tests/", ["k8s-tests/", "clients/sdk/", "gen/"]),
    {
      name: "no-test-code-in-products",
      severity: "error",
      from: { path: "^(lib|services|clients|gen)/", pathNot: testCode },
      to: { path: testCode.map((pattern) => `^(lib|services|clients)/.*${pattern}`) },
    },
    {
      name: "nobody-imports-the-outside",
      severity: "error",
      from: { path: "^(lib|services|clients|gen)/" },
      to: { path: "^(bench|scripts|bin|k8s-tests)/" },
    },
    confined("etcd3", ["etcd3"], ["lib/storage/etcd/"]),
    confined("lmdb", ["lmdb"], ["lib/storage/embedded/", "bench/"]),
    confined("dockerode", ["dockerode"], ["services/kubelet/runtimes/docker/", "bench/"]),
    confined("x509", ["@peculiar/x509"], ["services/apiserver/pki/", "lib/.*/test-certificates"]),
    confined("jose", ["jose"], ["services/apiserver/auth/tokens/"]),
    confined("http-proxy", ["http-proxy"], ["services/ingress/", "services/apiserver/"]),
    confined("cel", ["@marcbachmann/cel-js"], ["lib/cel/"]),
    confined("re2", ["@bufbuild/re2"], ["lib/structural/", "lib/cel/"]),
    confined("dns-packet", ["dns-packet"], ["services/dns/", "bench/"]),
    confined("pino", ["pino"], ["lib/observe/"]),
    confined("grpc-js", ["@grpc/grpc-js", "nice-grpc"], ["lib/grpc/", "lib/storage/etcd/"]),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|node_modules)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
