import { isRecord } from "../../../lib/api/records.ts";
import { defineCommand } from "../command.ts";
import { entriesOf, textOf } from "../config-file.ts";
import { readConfig } from "../find-access.ts";
import { text, toggle } from "../flags.ts";
import { printJsonPath } from "../print/json-path-output.ts";
import { formatJson } from "../print/serialise.ts";
import { formatGoYaml } from "../print/yaml.ts";

const secretKeys: Readonly<Record<string, string>> = {
  "certificate-authority-data": "DATA+OMITTED",
  "client-certificate-data": "DATA+OMITTED",
  "client-key-data": "DATA+OMITTED",
  token: "REDACTED",
  password: "REDACTED",
};

export const command = defineCommand({
  usage: "",
  summary: "Display the kubeconfig, without its secrets",
  examples: ["typectl config view", "typectl config view --minify"],
  flags: {
    raw: toggle("--raw", "Show secrets too"),
    minify: toggle("--minify", "Only what the current context uses"),
    output: text("-o, --output <format>", "yaml, json or jsonpath=…", "yaml"),
  },
  async run({ context, flags }) {
    const read = await readConfig(context.io, context.global);
    const chosen = context.global.context || textOf(read, "current-context");
    const config = flags.minify ? minified(read, chosen) : read;
    const shown = flags.raw ? config : redacted(config);
    if (flags.output.startsWith("jsonpath="))
      return context.io.stdout.write(printJsonPath(flags.output.slice(9), shown, false));
    await context.io.stdout.write(flags.output === "json" ? `${formatJson(shown)}\n` : formatGoYaml(shown));
  },
});

function redacted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redacted);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, secretKeys[key] ?? redacted(inner)]));
}

function minified(config: Record<string, unknown>, chosen: string): Record<string, unknown> {
  const used = entriesOf(config, "contexts").find(({ name }) => name === chosen)?.value ?? {};
  const only = (list: "contexts" | "clusters" | "users", name: string) => {
    const items: unknown[] = Array.isArray(config[list]) ? config[list] : [];
    return items.filter((item) => isRecord(item) && item["name"] === name);
  };
  return {
    ...config,
    clusters: only("clusters", textOf(used, "cluster")),
    contexts: only("contexts", chosen),
    users: only("users", textOf(used, "user")),
    "current-context": chosen,
  };
}
