import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import type { HTTPGetAction } from "../../../gen/typernetes/core/v1/pod.ts";
import { dialMessage, hostPort } from "./dial-message.ts";
import type { ProbeResult } from "./probe-actions.ts";

const redirects = new Set([301, 302, 303, 307, 308]);
const redirectsMax = 10;
/** Of what a server answers, this much is told. */
const bodyBytesMax = 10 * 1024;

/** One request of a probe. */
interface Aim {
  secure: boolean;
  host: string;
  port: number;
  /** With the query. */
  path: string;
}

/** Asks a server once. Redirects are followed as long as they stay on its host; others are a success with a warning. */
export async function httpProbe(
  action: HTTPGetAction,
  host: string,
  port: number,
  timeoutMs: number,
): Promise<ProbeResult> {
  const path = action.path || "/";
  const headers: Record<string, string> = { "User-Agent": "kube-probe/1.34", Accept: "*/*", Connection: "close" };
  for (const { name = "", value = "" } of action.httpHeaders ?? []) headers[name] = value;
  const endMs = performance.now() + timeoutMs;
  const secure = action.scheme === "HTTPS";
  let aim: Aim = { secure, host, port, path: path.startsWith("/") ? path : `/${path}` };
  for (let hops = 0; hops <= redirectsMax; hops++) {
    const answer = await ask(aim, headers, endMs - performance.now());
    if (!("status" in answer)) return { ok: false, message: `Get "${urlOf(aim)}": ${answer.problem}` };
    const next = nextAim(answer, aim);
    if (next?.host !== aim.host) return resultOf(answer);
    aim = next;
  }
  return { ok: false, message: `Get "${urlOf(aim)}": stopped after ${redirectsMax} redirects` };
}

interface Answer {
  status: number;
  location: string | undefined;
  body: string;
}

function resultOf({ status, body }: Answer): ProbeResult {
  if (status < 200 || status >= 400) return { ok: false, message: `HTTP probe failed with statuscode: ${status}` };
  if (status < 300) return { ok: true, message: "" };
  return { ok: true, message: "", warning: `Probe terminated redirects, Response body: ${body}` };
}

/** Where an answer leads to; undefined when it is the last. */
function nextAim({ status, location }: Answer, from: Aim): Aim | undefined {
  if (!redirects.has(status) || location === undefined || !URL.canParse(location, urlOf(from))) return undefined;
  const { protocol, hostname, port, pathname, search } = new URL(location, urlOf(from));
  const secure = protocol === "https:";
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  return { secure, host, port: Number(port) || (secure ? 443 : 80), path: pathname + search };
}

function urlOf({ secure, host, port, path }: Aim): string {
  return `${secure ? "https" : "http"}://${hostPort(host, port)}${path}`;
}

function ask(aim: Aim, headers: Record<string, string>, timeoutMs: number): Promise<Answer | { problem: string }> {
  const { secure, host, port, path } = aim;
  return new Promise((resolve) => {
    const options = { host, port, path, headers, agent: false, rejectUnauthorized: false };
    const request = (secure ? https : http).get(options, (answer) => {
      bodyOf(answer).then((body) => {
        resolve({ status: answer.statusCode ?? 0, location: answer.headers.location, body });
        request.destroy();
      });
    });
    const late = new Error("context deadline exceeded (Client.Timeout exceeded while awaiting headers)");
    const deadline = setTimeout(() => request.destroy(late), Math.max(0, timeoutMs));
    request.on("error", (error) => resolve({ problem: dialMessage(error, host, port) }));
    request.on("close", () => clearTimeout(deadline));
  });
}

/** What a redirect says besides where to; of other answers the status is enough. */
async function bodyOf(answer: IncomingMessage): Promise<string> {
  let body = "";
  if (!redirects.has(answer.statusCode ?? 0)) return body;
  try {
    for await (const chunk of answer) {
      body += chunk;
      if (body.length >= bodyBytesMax) break;
    }
  } catch {
    // It broke off, or was late: what it said until then is told.
  }
  return body.slice(0, bodyBytesMax);
}
