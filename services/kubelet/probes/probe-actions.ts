import { connect } from "node:net";
import type { Container, Probe } from "../../../gen/typernetes/core/v1/pod.ts";
import { formatGoDuration } from "../../../lib/api/go-duration.ts";
import type { Runtime } from "../runtimes/runtime.ts";
import { dialMessage, hostPort } from "./dial-message.ts";
import { grpcProblem } from "./grpc-probe.ts";
import { httpProbe } from "./http-probe.ts";

/** Of what a command says, this much is told. */
const outputMax = 10 * 1024;

/** What one try of a probe found. */
export interface ProbeResult {
  ok: boolean;
  /** For failures: what happened, as in the `Unhealthy` event. */
  message: string;
  /** What is odd about a success, as in the `ProbeWarning` event. */
  warning?: string;
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
    if (httpGet) {
      const [host, port] = [httpGet.host || target.podIP, portNumber(httpGet.port, target)];
      return await httpProbe(httpGet, host, port, timeoutMs);
    }
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

/** A port by number or by its name in the container. */
export function portNumber(port: number | string | undefined, { container }: Pick<ProbeTarget, "container">): number {
  if (typeof port === "number") return port;
  const named = container.ports?.find(({ name }) => name === port)?.containerPort;
  if (named !== undefined) return named;
  if (/^\d+$/.test(port ?? "")) return Number(port);
  throw new Error(`couldn't find port: ${JSON.stringify(port)}`);
}
