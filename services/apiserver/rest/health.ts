import { type HealthCheck, livenessChecks } from "../health-checks.ts";
import type { Exchange } from "./exchange.ts";

const text = "text/plain; charset=utf-8";
const noSniff = { "X-Content-Type-Options": "nosniff" };
const checkLists = ["healthz", "livez", "readyz"];

/** Other names under which checks are asked for one by one. */
const otherNames: Readonly<Record<string, string>> = { store: "etcd", "watch-cache": "informer-sync" };

/** Whether a path asks how the server is. */
export function isHealthPath(path: string): boolean {
  return checkLists.includes(path.split("/")[1] ?? "");
}

/** Answers `/healthz`, `/livez`, `/readyz` and single checks below them. */
export async function answerHealth(exchange: Exchange, ready: () => Promise<readonly HealthCheck[]>): Promise<void> {
  const [, list = "", ...rest] = exchange.path.split("/");
  const single = rest.join("/");
  if (single) return answerSingle(exchange, await ready(), single);
  const checks = list === "livez" ? livenessChecks : await ready();
  const excluded = new Set(exchange.query.getAll("exclude").map(checkName));
  const unknown = [...excluded].filter((name) => !checks.some((check) => check.name === name));
  const lines: string[] = [];
  let failed = false;
  for (const { name, fault } of checks) {
    if (excluded.has(name)) lines.push(`[+]${name} excluded: ok`);
    else if (fault === undefined) lines.push(`[+]${name} ok`);
    else lines.push(`[-]${name} failed: reason withheld`);
    failed ||= fault !== undefined && !excluded.has(name);
  }
  if (unknown.length > 0) {
    const names = unknown.map((name) => JSON.stringify(name)).join(", ");
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names}`);
  }
  if (failed) return exchange.send(500, text, `${lines.join("\n")}\n${list} check failed\n`, noSniff);
  const verbose = exchange.query.has("verbose");
  exchange.send(200, text, verbose ? `${lines.join("\n")}\n${list} check passed\n` : "ok", noSniff);
}

function answerSingle(exchange: Exchange, checks: readonly HealthCheck[], asked: string): void {
  const check = checks.find(({ name }) => name === checkName(asked));
  if (!check) exchange.send(404, text, "404 page not found\n", noSniff);
  else if (check.fault === undefined) exchange.send(200, text, "ok", noSniff);
  else exchange.send(500, text, "internal server error: reason withheld\n", noSniff);
}

function checkName(asked: string): string {
  return Object.hasOwn(otherNames, asked) ? (otherNames[asked] ?? asked) : asked;
}
