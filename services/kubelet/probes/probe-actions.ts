import http from "node:http";
import https from "node:https";
import { connect } from "node:net";
import type { Container, HTTPGetAction, Probe } from "../../../gen/typernetes/core/v1/pod.ts";
import { formatGoDuration } from "../../../lib/api/go-duration.ts";
import type { Runtime } from "../runtimes/runtime.ts";
import { grpcProblem } from "./grpc-probe.ts";

/** Of what a command says, this much is told. */
const outputMax = 10 * 1024;

/** What one try of a probe found. */
export interface ProbeResult {
  ok: boolean;
  /** For failures: what happened, as in the `Unhealthy` event. */
  message: string;
}

/** Where a probe is aimed at. */
export interface ProbeTarget {
  runtime: Pick<Runtime, "exec">;
  containerId: string;
  container: Container;
  podIP: string;
}

/** Tries a probe once, within its timeout. Never throws. */
export async function runProbe(probe: Probe, target: ProbeTarget): Promise<ProbeResult> {
  const { exec, httpGet, tcpSocket, grpc } = probe;
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  try {
    if (exec) return await execProbe(exec.command ?? [], target, timeoutMs);
    if (httpGet) return await httpProbe(httpGet, target, timeoutMs);
    if (tcpSocket) return await tcpProbe(tcpSocket.host || target.podIP, portNumber(tcpSocket.port, target), timeoutMs);
    if (grpc) return grpcResult(await grpcProblem(target.podIP, grpc.port ?? 0, grpc.service ?? "", timeoutMs));
    return well;
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

const well: ProbeResult = { ok: true, message: "" };

function grpcResult(problem: string | undefined): ProbeResult {
  return problem === undefined ? well : { ok: false, message: problem };
}

async function execProbe(command: string[], target: ProbeTarget, timeoutMs: number): Promise<ProbeResult> {
  const session = await target.runtime.exec(target.containerId, { command, stdin: false, tty: false });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    session.kill().catch(() => {});
  }, timeoutMs);
  try {
    const [stdout, stderr, code] = await Promise.all([
      beginning(session.stdout),
      session.stderr ? beginning(session.stderr) : "",
      session.exitCode,
    ]);
    const tooLate = `command timed out: "${command.join(" ")}" timed out after ${formatGoDuration(timeoutMs)}`;
    return { ok: code === 0 && !isLate, message: isLate ? tooLate : `${stdout}${stderr}`.slice(0, outputMax) };
  } finally {
    clearTimeout(timer);
  }
}

/** Reads a stream to its end, and keeps what it begins with. */
async function beginning(stream: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  for await (const chunk of stream) if (text.length < outputMax) text += chunk;
  return text;
}

function httpProbe(action: HTTPGetAction, target: ProbeTarget, timeoutMs: number): Promise<ProbeResult> {
  const secure = action.scheme === "HTTPS";
  const host = action.host || target.podIP;
  const port = portNumber(action.port, target);
  const path = action.path || "/";
  const headers: Record<string, string> = { "User-Agent": "kube-probe/1.34", Accept: "*/*", Connection: "close" };
  for (const { name = "", value = "" } of action.httpHeaders ?? []) headers[name] = value;
  const options = { host, port, path: path.startsWith("/") ? path : `/${path}`, headers, agent: false };
  const url = `${secure ? "https" : "http"}://${hostPort(host, port)}${options.path}`;
  return new Promise((resolve) => {
    const request = (secure ? https : http).get({ ...options, rejectUnauthorized: false }, ({ statusCode = 0 }) => {
      const ok = statusCode >= 200 && statusCode < 400;
      resolve(ok ? well : { ok, message: `HTTP probe failed with statuscode: ${statusCode}` });
      request.destroy();
    });
    const late = new Error("context deadline exceeded (Client.Timeout exceeded while awaiting headers)");
    const deadline = setTimeout(() => request.destroy(late), timeoutMs);
    request.on("error", (error) => resolve({ ok: false, message: `Get "${url}": ${dialMessage(error, host, port)}` }));
    request.on("close", () => clearTimeout(deadline));
  });
}

function tcpProbe(host: string, port: number, timeoutMs: number): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (result: ProbeResult) => {
      clearTimeout(deadline);
      socket.destroy();
      resolve(result);
    };
    const late = { ok: false, message: `dial tcp ${hostPort(host, port)}: i/o timeout` };
    const deadline = setTimeout(() => end(late), timeoutMs);
    socket.once("connect", () => end(well));
    socket.on("error", (error) => end({ ok: false, message: dialMessage(error, host, port) }));
  });
}

const dialReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ETIMEDOUT: "i/o timeout",
};

/** As Kubernetes words it when nobody answers. */
function dialMessage(error: NodeJS.ErrnoException, host: string, port: number): string {
  const reason = dialReasons[error.code ?? ""];
  return reason ? `dial tcp ${hostPort(host, port)}: ${reason}` : error.message;
}

function hostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A port by number or by its name in the container. */
export function portNumber(port: number | string | undefined, { container }: Pick<ProbeTarget, "container">): number {
  if (typeof port === "number") return port;
  const named = container.ports?.find(({ name }) => name === port)?.containerPort;
  if (named !== undefined) return named;
  if (/^\d+$/.test(port ?? "")) return Number(port);
  throw new Error(`couldn't find port: ${JSON.stringify(port)}`);
}
