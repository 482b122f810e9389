import http from "node:http";
import https from "node:https";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import type { Container, HTTPGetAction, Probe } from "../../../gen/typernetes/core/v1/pod.ts";
import { type Runtime, RuntimeError } from "../runtimes/runtime.ts";

/** What one try of a probe found. */
export interface ProbeResult {
  ok: boolean;
  /** For failures: what happened, as in the `Unhealthy` event. */
  message: string;
}

/** Where a probe is aimed at. */
export interface ProbeTarget {
  runtime: Runtime;
  containerId: string;
  container: Container;
  podIP: string;
}

/** Tries a probe once, within its timeout. Never throws. */
export async function runProbe(probe: Probe, target: ProbeTarget): Promise<ProbeResult> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  try {
    if (probe.exec) return await execProbe(probe.exec.command ?? [], target, timeoutMs);
    if (probe.httpGet) return await httpProbe(probe.httpGet, target, timeoutMs);
    if (probe.tcpSocket)
      return await tcpProbe(probe.tcpSocket.host ?? target.podIP, portNumber(probe.tcpSocket.port, target), timeoutMs);
    return { ok: true, message: "" };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

async function execProbe(command: string[], target: ProbeTarget, timeoutMs: number): Promise<ProbeResult> {
  const session = await target.runtime.exec(target.containerId, { command, stdin: false, tty: false });
  const timer = setTimeout(() => void session.kill().catch(() => {}), timeoutMs);
  try {
    const [stdout, stderr, code] = await Promise.all([
      text(session.stdout),
      session.stderr ? text(session.stderr) : "",
      session.exitCode,
    ]);
    return { ok: code === 0, message: `${stdout}${stderr}`.slice(0, 10_240) };
  } catch (error) {
    if (error instanceof RuntimeError) return { ok: false, message: error.message };
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function httpProbe(action: HTTPGetAction, target: ProbeTarget, timeoutMs: number): Promise<ProbeResult> {
  const secure = action.scheme === "HTTPS";
  const host = action.host ?? target.podIP;
  const headers: Record<string, string> = { "User-Agent": "kube-probe/1.34", Accept: "*/*", Connection: "close" };
  for (const { name, value } of action.httpHeaders ?? []) headers[name ?? ""] = value ?? "";
  const options = {
    host,
    port: portNumber(action.port, target),
    path: action.path || "/",
    headers,
    timeout: timeoutMs,
    agent: false,
    rejectUnauthorized: false,
  };
  return new Promise((resolve) => {
    const request = (secure ? https : http).get(options, (response) => {
      const { statusCode = 0 } = response;
      response.destroy();
      const ok = statusCode >= 200 && statusCode < 400;
      resolve({ ok, message: ok ? "" : `HTTP probe failed with statuscode: ${statusCode}` });
    });
    const deadline = setTimeout(
      () => request.destroy(new Error(`context deadline exceeded (${timeoutMs} ms)`)),
      timeoutMs,
    );
    request.on("error", (error) => {
      resolve({
        ok: false,
        message: `Get "${secure ? "https" : "http"}://${host}:${options.port}${options.path}": ${error.message}`,
      });
    });
    request.on("close", () => clearTimeout(deadline));
  });
}

function tcpProbe(host: string, port: number, timeoutMs: number): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const end = (result: ProbeResult) => {
      socket.destroy();
      resolve(result);
    };
    socket.once("connect", () => end({ ok: true, message: "" }));
    socket.once("timeout", () => end({ ok: false, message: `dial tcp ${host}:${port}: i/o timeout` }));
    socket.once("error", (error) => end({ ok: false, message: `dial tcp ${host}:${port}: ${error.message}` }));
  });
}

/** A port by number or by its name in the container. */
function portNumber(port: number | string | undefined, target: ProbeTarget): number {
  if (typeof port === "number") return port;
  const named = target.container.ports?.find((candidate) => candidate.name === port)?.containerPort;
  if (named !== undefined) return named;
  if (/^\d+$/.test(port ?? "")) return Number(port);
  throw new Error(`container has no port named "${port}"`);
}
