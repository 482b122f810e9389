import { spawn } from "node:child_process";
import { isRecord } from "../api/records.ts";
import { KubeconfigError } from "./kubeconfig-error.ts";

/** A program that finds out who the user is: `exec` of a kubeconfig's user. */
export interface ExecPlugin {
  /** `client.authentication.k8s.io/v1` or `v1beta1`. */
  readonly apiVersion: string;
  /** A name to be looked for in PATH, or a path. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  /** What to do when the program is not there. */
  readonly installHint: string;
  readonly interactiveMode: string;
  /** What the program is told of the cluster; undefined when nothing. */
  readonly cluster: Readonly<Record<string, unknown>> | undefined;
}

/** What such a program found out. Certificates and keys are PEM. */
export interface ExecCredential {
  readonly token?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Good until then, in milliseconds since 1970; undefined: for as long as this process runs. */
  readonly expiresAtMs?: number | undefined;
}

const versions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];
const answerBytesMax = 1024 * 1024;

/** Runs the program; it may ask on the terminal where there is one. @throws KubeconfigError. */
export async function runExecPlugin(plugin: ExecPlugin, isInteractive: boolean): Promise<ExecCredential> {
  const { apiVersion, command, interactiveMode, cluster } = plugin;
  if (!versions.includes(apiVersion))
    throw new KubeconfigError(`exec plugin: invalid apiVersion ${quoted(apiVersion)}`);
  if (interactiveMode === "Always" && !isInteractive) {
    throw new KubeconfigError(`exec plugin cannot support interactive mode: standard input is not a terminal`);
  }
  const interactive = isInteractive && interactiveMode !== "Never";
  const info = { kind: "ExecCredential", apiVersion, spec: { ...(cluster && { cluster }), interactive } };
  const text = await outputOf(plugin, JSON.stringify(info), interactive);
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch (error) {
    throw new KubeconfigError(`exec plugin ${command} does not answer with JSON`, { cause: error });
  }
  return credentialIn(answer, apiVersion);
}

/** What goes wrong is told beside the program's own words, which stand on standard error. */
function outputOf(plugin: ExecPlugin, info: string, interactive: boolean): Promise<string> {
  const { command, args, env, installHint } = plugin;
  const own = Object.fromEntries(env.map(({ name, value }) => [name, value]));
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...own, KUBERNETES_EXEC_INFO: info },
      stdio: [interactive ? "inherit" : "ignore", "pipe", "inherit"],
    });
    const chunks: Buffer[] = [];
    let size = 0;
    child.stdout?.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > answerBytesMax) child.kill();
      else chunks.push(chunk);
    });
    child.once("error", (error) => {
      const hint = installHint ? `\n\n${installHint}` : "";
      reject(
        new KubeconfigError(`getting credentials: exec: executable ${command} not found${hint}`, { cause: error }),
      );
    });
    child.once("close", (code) => {
      if (code === 0) return resolve(Buffer.concat(chunks).toString());
      reject(new KubeconfigError(`getting credentials: exec: executable ${command} failed with exit code ${code}`));
    });
  });
}

function credentialIn(answer: unknown, apiVersion: string): ExecCredential {
  if (!isRecord(answer) || answer["kind"] !== "ExecCredential" || answer["apiVersion"] !== apiVersion) {
    throw new KubeconfigError(`exec plugin is configured to use API version ${apiVersion}, it answers something else`);
  }
  const { status } = answer;
  if (!isRecord(status)) throw new KubeconfigError("exec plugin didn't return a status field");
  const [token, cert, key] = ["token", "clientCertificateData", "clientKeyData"].map((name) => textIn(status, name));
  if (!token && !cert && !key) throw new KubeconfigError("exec plugin didn't return a token or cert/key pair");
  if (!cert !== !key) throw new KubeconfigError("exec plugin returned only certificate or key, not both");
  const expiry = Date.parse(textIn(status, "expirationTimestamp") ?? "");
  return { token, cert, key, expiresAtMs: Number.isNaN(expiry) ? undefined : expiry };
}

function textIn(record: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = record[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
