import type { ServiceAccount } from "../../../../gen/typernetes/core/v1/service_account.ts";
import type { Describer } from "./describe.ts";

export const describeServiceAccount: Describer = async (text, account: ServiceAccount) => {
  const { metadata = {}, imagePullSecrets = [], secrets = [] } = account;
  text.field("Name", metadata.name ?? "").field("Namespace", metadata.namespace ?? "");
  text.map("Labels", metadata.labels).annotations(metadata.annotations);
  const names = (list: readonly { name?: string | undefined }[]) =>
    list.map(({ name }) => name).join("\n\t") || "<none>";
  text.line(`Image pull secrets:\t${names(imagePullSecrets)}`);
  text.line(`Mountable secrets:\t${names(secrets)}`);
  text.line("Tokens:\t<none>");
};
