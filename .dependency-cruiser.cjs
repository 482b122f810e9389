/** Who may import whom (ARCHITECTURE.md): downward only. */
const only = (name, from, to) => ({
  name,
  severity: "error",
  from: { path: `^${from}`, pathNot: "\\.test\\.ts$" },
  to: { path: "^(lib|services|clients|k8s-tests|bench|scripts|bin|gen)/", pathNot: to.map((folder) => `^${folder}`) },
});

const confined = (name, packages, folders) => ({
  name: `confined-${name}`,
  severity: "error",
  from: { pathNot: folders.map((folder) => `^${folder}`) },
  to: { path: packages.map((pkg) => `node_modules/${pkg}/`) },
});

const tests = { path: "\\.test\\.ts$" };

module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    only("gen", "gen/", ["gen/"]),
    only("base", "lib/base/", ["lib/base/"]),
    only("observe", "lib/observe/", ["lib/observe/", "lib/base/"]),
    only("grpc", "lib/grpc/", ["lib/grpc/", "lib/observe/", "lib/base/", "gen/"]),
    only("api", "lib/api/", ["lib/api/", "lib/base/", "gen/"]),
    only("resources", "lib/resources/", ["lib/resources/", "lib/api/", "lib/base/", "gen/"]),
    only("storage", "lib/storage/", ["lib/storage/", "lib/observe/", "lib/base/"]),
    only("client", "lib/client/", ["lib/client/", "lib/grpc/", "lib/api/", "lib/observe/", "lib/base/", "gen/"]),
    only("controller", "lib/controller/", ["lib/(controller|client|grpc|api|observe|base)/", "gen/"]),
    ...["apiserver", "controller-manager", "scheduler", "kubelet", "proxy"].map((service) =>
      only(`service-${service}`, `services/${service}/`, [
        `services/${service}/`,
        service === "apiserver" ? "lib/" : "lib/(?!storage/)",
        "gen/",
      ]),
    ),
    only("allinone", "services/allinone/", [
      "services/allinone/",
      "services/[^/]+/(service|options|main)\\.ts$",
      "services/kubelet/(network|runtimes)/",
      "lib/",
      "gen/",
    ]),
    only("clients", "clients/", ["clients/", "lib/(client|controller|resources|api|grpc|observe|base)/", "gen/"]),
    only("k8s-tests", "k8s-tests/", ["k8s-tests/", "clients/sdk/", "gen/"]),
    {
      name: "tests-of-services",
      severity: "error",
      from: { ...tests, path: "^services/([^/]+)/.*\\.test\\.ts$" },
      to: {
        path: "^services/",
        pathNot: ["^services/$1/", "^services/apiserver/(service|test-harness)\\.ts$", "^services/kubelet/"],
      },
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
    confined("http-proxy", ["http-proxy"], ["services/ingress/", "services/apiserver/"]),
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
