import type { WindowsSecurityContextOptions } from "../../../gen/typernetes/core/v1/pod.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { checkDnsSubdomain } from "../rules.ts";

const specKibMax = 64;
const domainMax = 256;
const userMax = 104;
const dnsLabel = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";
const dnsName = new RegExp(`^${dnsLabel}(?:\\.${dnsLabel})*$`);
const netBiosName = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controlCharacter = /[\u0000-\u001f\u007f]/;

/** Checks the settings of containers on Windows. */
export function validateWindowsOptions(
  options: WindowsSecurityContextOptions | undefined,
  path: string,
  errors: FieldErrors,
): void {
  if (!options) return;
  const { gmsaCredentialSpecName, gmsaCredentialSpec, runAsUserName } = options;
  if (gmsaCredentialSpecName !== undefined)
    checkDnsSubdomain(gmsaCredentialSpecName, `${path}.gmsaCredentialSpecName`, errors);
  if (gmsaCredentialSpec === "")
    errors.invalid(`${path}.gmsaCredentialSpec`, "", "gmsaCredentialSpec cannot be an empty string");
  if ((gmsaCredentialSpec ?? "").length > specKibMax * 1024)
    errors.invalid(
      `${path}.gmsaCredentialSpec`,
      gmsaCredentialSpec,
      `gmsaCredentialSpec size must be under ${specKibMax} KiB`,
    );
  if (runAsUserName === undefined) return;
  for (const message of userNameErrors(runAsUserName)) errors.invalid(`${path}.runAsUserName`, runAsUserName, message);
}

function userNameErrors(name: string): string[] {
  if (name === "") return ["runAsUserName cannot be an empty string"];
  if (controlCharacter.test(name)) return ["runAsUserName cannot contain control characters"];
  const parts = name.split("\\");
  if (parts.length > 2) return ["runAsUserName cannot contain more than one backslash"];
  const user = parts.at(-1) ?? "";
  const domain = parts.length === 2 ? (parts[0] ?? "") : undefined;
  return [...(domain === undefined ? [] : domainErrors(domain)), ...userErrors(user)];
}

function domainErrors(domain: string): string[] {
  const errors: string[] = [];
  if (domain.length >= domainMax) errors.push(`runAsUserName's Domain length must be under ${domainMax} characters`);
  if (!netBiosName.test(domain) && !dnsName.test(domain))
    errors.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
  return errors;
}

function userErrors(user: string): string[] {
  const errors: string[] = [];
  if (user === "") errors.push("runAsUserName's User cannot be empty");
  if (user.length > userMax) errors.push(`runAsUserName's User length must not be longer than ${userMax} characters`);
  if (/^[. ]+$/.test(user)) errors.push("runAsUserName's User cannot contain only periods or spaces");
  if (/["/\\:;|=,+*?<>@[\]]/.test(user))
    errors.push("runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]");
  return errors;
}
