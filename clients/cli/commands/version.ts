import { get } from "node:https";
import { isRecord } from "../../../lib/api/records.ts";
import type { ClusterAccess } from "../../../lib/client/kubeconfig.ts";
import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { text, toggle } from "../flags.ts";
import { formatJson } from "../print/serialise.ts";
import { formatGoYaml } from "../print/yaml.ts";

/** The Kubernetes whose commands these are. */
const clientVersion = {
  major: "1",
  minor: "34",
  gitVersion: "v1.34.0",
  platform: `${process.platform}/${process.arch === "x64" ? "amd64" : process.arch}`,
};
const timeoutMs = 5_000;

export const command = defineCommand({
  usage: "[--client]",
  summary: "Print the client and server version information",
  examples: ["typectl version", "typectl version -o json"],
  flags: {
    client: toggle("--client", "Only the client's version: no server is asked"),
    output: text("-o, --output <format>", "One of 'yaml' or 'json'"),
  },
  async run({ context, flags }) {
    if (!["", "json", "yaml"].includes(flags.output)) throw new CliError(`--output must be 'yaml' or 'json'`);
    let fault: unknown;
    const serverVersion = flags.client
      ? undefined
      : await askServer(context).catch((error: unknown) => {
          fault = error;
          return undefined;
        });
    const versions = { clientVersion, ...(serverVersion ? { serverVersion } : {}) };
    if (flags.output === "json") await context.print(formatJson(versions, 2));
    else if (flags.output === "yaml") await context.io.stdout.write(formatGoYaml(versions));
    else {
      await context.print(`Client Version: ${clientVersion.gitVersion}`);
      if (serverVersion) await context.print(`Server Version: ${String(serverVersion["gitVersion"])}`);
    }
    if (fault) throw fault;
  },
});

/** Asks the REST door, which tells its version to anybody. */
async function askServer(context: Context): Promise<Record<string, unknown>> {
  const { access } = await context.connect();
  const body: unknown = JSON.parse(await fetchText(access, new URL("/version", access.server)));
  if (!isRecord(body)) throw new CliError("the server's version is not readable");
  return body;
}

function fetchText({ ca, cert, key }: ClusterAccess, url: URL): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { ...(ca ? { ca } : {}), ...(cert && key ? { cert, key } : {}), timeout: timeoutMs, agent: false };
    const request = get(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve(Buffer.concat(chunks).toString()));
      response.on("error", reject);
    });
    request.on("timeout", () =>
      request.destroy(new CliError(`the server ${url.host} did not answer within ${timeoutMs / 1000} s`)),
    );
    request.on("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "ECONNREFUSED" ? refused(url.host) : error),
    );
  });
}

function refused(host: string): CliError {
  return new CliError(`The connection to the server ${host} was refused - did you specify the right host or port?`, {
    isBare: true,
  });
}
