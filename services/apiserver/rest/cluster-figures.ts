import type { Core } from "../core.ts";
import { versionInfo } from "./version-info.ts";

const build = {
  build_date: versionInfo.buildDate,
  compiler: versionInfo.compiler,
  git_commit: versionInfo.gitCommit,
  git_tree_state: versionInfo.gitTreeState,
  git_version: versionInfo.gitVersion,
  go_version: versionInfo.goVersion,
  major: versionInfo.major,
  minor: versionInfo.minor,
  platform: versionInfo.platform,
};

/** What dashboards ask of a cluster besides its requests: its version, and how many objects there are; in Prometheus' text format. */
export function clusterFigures({ cache }: Core): string {
  const stored: string[] = [];
  const counted: string[] = [];
  for (const { info, size } of cache.caches()) {
    const { group } = info.schema;
    stored.push(`apiserver_storage_objects{resource="${info.groupResource}"} ${size}\n`);
    counted.push(`apiserver_resource_objects{group="${group}",resource="${info.schema.plural}"} ${size}\n`);
  }
  const labels = Object.entries(build).map(([name, value]) => `${name}="${value}"`);
  return (
    metric("kubernetes_build_info", "What this server behaves as.", [
      `kubernetes_build_info{${labels.join(",")}} 1\n`,
    ]) +
    metric("apiserver_storage_objects", "Stored objects, by resource.", stored) +
    metric("apiserver_resource_objects", "Stored objects, by group and resource.", counted)
  );
}

function metric(name: string, help: string, lines: readonly string[]): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join("")}`;
}
