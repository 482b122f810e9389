import type { APIService, APIServiceSpec } from "../../../gen/typernetes/apiregistration/v1/api_service.ts";
import { base64ByteLength } from "../../api/base64.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { dns1035Label, portNumber } from "../../api/names.ts";
import { checkDnsSubdomain, checkName, checkRequired } from "../rules.ts";

const groupPriorityMax = 20_000;
const versionPriorityMax = 1000;

/** Checks which part of the API is served by whom. */
export function validateApiService({ metadata, spec = {} }: APIService, errors: FieldErrors): void {
  const { group = "", version = "" } = spec;
  const required = `${version}.${group}`;
  const name = metadata?.name ?? "";
  if (name !== required)
    errors.invalid("metadata.name", name, `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(required)}`);
  if (!group && version !== "v1")
    errors.required("spec.group", "only v1 may have an empty group and it better be legacy kube");
  if (group) checkDnsSubdomain(group, "spec.group", errors);
  checkName(dns1035Label, version, "spec.version", errors);
  checkPriority(spec.groupPriorityMinimum, groupPriorityMax, "spec.groupPriorityMinimum", errors);
  checkPriority(spec.versionPriority, versionPriorityMax, "spec.versionPriority", errors);
  if (spec.service) validateRemote(spec, errors);
  else validateLocal(spec, errors);
}

function checkPriority(value = 0, max: number, path: string, errors: FieldErrors): void {
  if (value <= 0 || value > max) errors.invalid(path, value, `must be positive and less than ${max}`);
}

function validateLocal({ caBundle, insecureSkipTLSVerify }: APIServiceSpec, errors: FieldErrors): void {
  if (caBundle)
    errors.invalid("spec.caBundle", `${base64ByteLength(caBundle)} bytes`, "local APIServices may not have a caBundle");
  if (insecureSkipTLSVerify)
    errors.invalid("spec.insecureSkipTLSVerify", true, "local APIServices may not have insecureSkipTLSVerify");
}

function validateRemote({ service = {}, caBundle, insecureSkipTLSVerify }: APIServiceSpec, errors: FieldErrors): void {
  checkRequired(service, ["namespace", "name"], "spec.service", errors);
  for (const message of portNumber(service.port ?? 0))
    errors.invalid("spec.service.port", service.port ?? 0, `port is not valid: ${message}`);
  if (insecureSkipTLSVerify && caBundle)
    errors.invalid("spec.insecureSkipTLSVerify", true, "may not be true if caBundle is present");
}
