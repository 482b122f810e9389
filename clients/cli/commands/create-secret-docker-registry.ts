import { CliError } from "../cli-error.ts";
import { type CommandInput, defineCommand } from "../command.ts";
import { plainList, text } from "../flags.ts";
import { createFlags, createMade, onlyName } from "../request/create-flags.ts";
import { readContents } from "../request/read-contents.ts";

const configKey = ".dockerconfigjson";

const flags = {
  ...createFlags,
  dockerServer: text("--docker-server <address>", "The registry", "https://index.docker.io/v1/"),
  dockerUsername: text("--docker-username <name>", "Username for the registry"),
  dockerPassword: text("--docker-password <password>", "Password for the registry"),
  dockerEmail: text("--docker-email <address>", "Email for the registry"),
  fromFile: plainList("--from-file <[key=]path>", `A file in Docker's form, under the key ${configKey}`),
};

export const command = defineCommand({
  usage: "NAME --docker-username=user --docker-password=password --docker-email=email [--docker-server=string]",
  summary: "Create a secret for use with a Docker registry",
  examples: ["typectl create secret docker-registry pull --docker-username=ann --docker-password=example"],
  flags,
  async run({ context, flags, args }) {
    const name = onlyName("create secret docker-registry", args);
    const config = flags.fromFile.length > 0 ? await fromFiles(flags.fromFile) : fromFlags(flags);
    const object = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name },
      type: "kubernetes.io/dockerconfigjson",
      data: { [configKey]: config.toString("base64") },
    };
    await createMade(context, object, flags);
  },
});

async function fromFiles(fromFile: readonly string[]): Promise<Buffer> {
  const contents = await readContents({ fromFile, fromLiteral: [], fromEnvFile: [] });
  const config = contents.get(configKey);
  if (!config || contents.size > 1) throw new CliError(`the only key of --from-file must be ${configKey}`);
  return config;
}

function fromFlags(words: CommandInput<typeof flags>["flags"]): Buffer {
  const { dockerServer, dockerUsername: username, dockerPassword: password, dockerEmail: email } = words;
  if (!username || !password || !dockerServer)
    throw new CliError(
      "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required",
    );
  const auth = Buffer.from(`${username}:${password}`).toString("base64");
  const entry = { username, password, ...(email ? { email } : {}), auth };
  return Buffer.from(JSON.stringify({ auths: { [dockerServer]: entry } }));
}
