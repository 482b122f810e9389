import { ServiceAccountServiceDefinition } from "../../../gen/typernetes/core/v1/service_account.ts";
import type { ResourceInfo } from "../../../lib/api/resource-info.ts";
import { CliError } from "../cli-error.ts";
import { type CommandInput, defineCommand } from "../command.ts";
import { duration, list, text } from "../flags.ts";
import { objectPrinter } from "../print/output-format.ts";
import { outputFlag } from "../request/common-flags.ts";
import { onlyName } from "../request/create-flags.ts";
import { knownKind } from "../request/workloads.ts";

const flags = {
  audience: list("--audience <name>", "Whom the token is for; may be repeated; the API server when absent"),
  duration: duration(
    "--duration <time>",
    "How long the token is wanted to live, such as 10m; 0: as the server likes",
    0,
  ),
  boundObjectKind: text("--bound-object-kind <kind>", "Pod, Secret or Node: the token dies with that object"),
  boundObjectName: text("--bound-object-name <name>", "The name of that object"),
  boundObjectUid: text("--bound-object-uid <uid>", "The UID of that object; any when absent"),
  output: outputFlag,
};

export const command = defineCommand({
  usage: "SERVICE_ACCOUNT_NAME",
  summary: "Request a service account token",
  examples: [
    "typectl create token builder",
    "typectl create token builder -n build --duration=10m --audience=https://example.com",
    "typectl create token builder --bound-object-kind=Pod --bound-object-name=build-1",
  ],
  flags,
  async run({ context, flags, args }) {
    const name = onlyName("create token", args);
    const { client, namespace } = await context.connect();
    const request = { namespace, name, object: { spec: specOf(flags) } };
    const answer = await client.call(ServiceAccountServiceDefinition, "createToken", request, context.call);
    const printer = await objectPrinter(flags.output);
    const token = answer.status?.token;
    if (!token) throw new CliError("failed to create token: no token in server response");
    const object = { ...answer, apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest" };
    await context.io.stdout.write(
      printer ? await printer([{ info: tokenRequestKind(), object }], false) : `${token}\n`,
    );
  },
});

function specOf(words: CommandInput<typeof flags>["flags"]) {
  const { boundObjectKind: kind, boundObjectName: name, boundObjectUid: uid, audience } = words;
  if (words.duration < 0) throw new CliError("--duration must be greater than or equal to 0");
  if (words.duration % 1000 !== 0) throw new CliError("--duration cannot be expressed in units less than seconds");
  if (kind && !["Pod", "Secret", "Node"].includes(kind))
    throw new CliError("supported --bound-object-kind values are Node, Pod, Secret");
  if (kind && !name) throw new CliError("--bound-object-name is required if --bound-object-kind is provided");
  if (!kind && name) throw new CliError("--bound-object-name can only be set if --bound-object-kind is provided");
  if (!kind && uid) throw new CliError("--bound-object-uid can only be set if --bound-object-kind is provided");
  return {
    ...(audience.length > 0 ? { audiences: [...audience] } : {}),
    ...(words.duration > 0 ? { expirationSeconds: words.duration / 1000 } : {}),
    ...(kind ? { boundObjectRef: { kind, apiVersion: "v1", name, ...(uid ? { uid } : {}) } } : {}),
  };
}

/** Requests for tokens are no kind of their own, but they are printed like one. */
function tokenRequestKind(): ResourceInfo {
  return { ...knownKind("", "serviceaccounts"), group: "authentication.k8s.io", kind: "TokenRequest" };
}
