import {
  type CertificateSigningRequest,
  CertificateSigningRequestServiceDefinition,
} from "../../../gen/typernetes/certificates/v1/certificate_signing_request.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { CliError, throwAll } from "../cli-error.ts";
import type { CommandInput } from "../command.ts";
import { toggle } from "../flags.ts";
import { tellDone } from "../print/output-format.ts";
import { filenameFlags, outputFlag } from "./common-flags.ts";
import { withKind } from "./objects.ts";
import { findTargets } from "./targets.ts";
import { knownKind } from "./workloads.ts";

/** Flags of the commands that judge requests for certificates. */
export const judgeFlags = {
  ...filenameFlags,
  output: outputFlag,
  force: toggle("--force", "Update the request even if it is approved or denied already"),
};

interface Judgement {
  readonly command: string;
  readonly type: "Approved" | "Denied";
  readonly done: string;
}

const attempts = 10;

/** Approves or denies the requests that are meant. */
export async function judgeRequests(
  { context, flags, args }: CommandInput<typeof judgeFlags>,
  judgement: Judgement,
): Promise<void> {
  if (args.length === 0 && flags.filename.length === 0)
    throw new CliError("one or more CSRs must be specified as <name> or -f <filename>");
  const info = knownKind("certificates.k8s.io", "certificatesigningrequests");
  const named = args.map((word) => (word.includes("/") ? word : `csr/${word}`));
  const words = { ...flags, selector: "", all: false };
  const { found, errors } = await findTargets(context, judgement.command, named, words);
  const { client } = await context.connect();
  const { certificatesigningrequests: requests } = client.certificates.v1;
  const judge = async (name: string): Promise<CertificateSigningRequest> => {
    for (let attempt = 1; ; attempt++) {
      const current = await requests.get(name, context.call);
      const object = judged(current, judgement, flags.force);
      if (!object) return current;
      try {
        const service = CertificateSigningRequestServiceDefinition;
        return await client.call(service, "updateApproval", { object }, context.call);
      } catch (error) {
        if (!isStatusError(error, "Conflict") || attempt >= attempts) throw error;
      }
    }
  };
  for (const { object } of found) {
    const now = await judge(object.metadata?.name ?? "");
    await tellDone(context, flags.output, { info, object: withKind(info, now) }, judgement.done);
  }
  throwAll(errors);
}

/** The request with the judgement; undefined when it has it already. @throws CliError when it has the opposite */
function judged(
  request: CertificateSigningRequest,
  { command, type }: Judgement,
  force: boolean,
): CertificateSigningRequest | undefined {
  const conditions = request.status?.conditions ?? [];
  const before = conditions.find((condition) => condition.type === "Approved" || condition.type === "Denied");
  if (before?.type === type && !force) return undefined;
  if (before && before.type !== type)
    throw new CliError(
      `certificate signing request ${JSON.stringify(request.metadata?.name)} is already ${before.type}`,
    );
  const message = `This CSR was ${type.toLowerCase()} by typectl ${command}.`;
  const reason = type === "Approved" ? "TypectlApprove" : "TypectlDeny";
  const condition = { type, status: "True", reason, message };
  const others = conditions.filter((it) => it !== before);
  return { ...request, status: { ...request.status, conditions: [...others, condition] } };
}
