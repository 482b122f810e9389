import http from "node:http";
import https from "node:https";
import type { HTTPGetAction, LifecycleHandler } from "../../../gen/typernetes/core/v1/pod.ts";
import { onAbort, untilAborted } from "../../../lib/base/abort.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import { type ProbeTarget, portNumber } from "../probes/probe-actions.ts";

/** Where a handler acts, and the time it sleeps by. */
export interface HandlerTarget extends ProbeTarget {
  clock: Clock;
}

/** Runs what a container wants done after its start or before its end. @throws Error when that fails, or `signal` aborts. */
export async function runHandler(handler: LifecycleHandler, target: HandlerTarget, signal: AbortSignal): Promise<void> {
  const { exec, httpGet, sleep } = handler;
  if (exec) await runCommand(exec.command ?? [], target, signal);
  else if (httpGet) await get(httpGet, target, signal);
  else if (sleep) await target.clock.sleep((sleep.seconds ?? 0) * 1000, signal);
}

async function runCommand(command: string[], target: HandlerTarget, signal: AbortSignal): Promise<void> {
  const session = await target.runtime.exec(target.containerId, { command, stdin: false, tty: false });
  const forget = onAbort(signal, () => void session.kill().catch(() => {}));
  try {
    session.stdout.resume();
    session.stderr?.resume();
    const code = await untilAborted(session.exitCode, signal);
    if (code !== 0) throw new Error(`command '${command.join(" ")}' exited with ${code}`);
  } finally {
    forget();
  }
}

/** Any answer will do, as in Kubernetes. */
function get(action: HTTPGetAction, target: HandlerTarget, signal: AbortSignal): Promise<void> {
  const { path = "/", httpHeaders = [], scheme } = action;
  const headers: Record<string, string> = { "User-Agent": "kube-lifecycle/1.34", Accept: "*/*", Connection: "close" };
  for (const { name = "", value = "" } of httpHeaders) headers[name] = value;
  const options = {
    host: action.host || target.podIP,
    port: portNumber(action.port, target),
    path: path.startsWith("/") ? path : `/${path}`,
    headers,
    agent: false,
    signal,
    rejectUnauthorized: false,
  };
  return new Promise((resolve, reject) => {
    const request = (scheme === "HTTPS" ? https : http).get(options, () => {
      resolve();
      request.destroy();
    });
    request.on("error", reject);
  });
}
