import type {
  AppArmorProfile,
  PodSecurityContext,
  PodSpec,
  SeccompProfile,
  SecurityContext,
} from "../../../gen/typernetes/core/v1/pod.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { checkDescendingPath, checkOptionalOneOf, checkRange, maxInt32 } from "../rules.ts";
import { hasHostUsers, type PodContext } from "./context.ts";
import { validateSysctls } from "./validate-sysctls.ts";
import { validateWindowsOptions } from "./validate-windows-options.ts";

const profileTypes = ["Localhost", "RuntimeDefault", "Unconfined"];
const appArmorProfileBytesMax = 4095;

/** Checks the security settings of a whole pod. */
export function validatePodSecurityContext(
  context: PodSecurityContext | undefined,
  spec: PodSpec,
  path: string,
  errors: FieldErrors,
): void {
  if (!context) return;
  checkId(context.fsGroup, `${path}.fsGroup`, errors);
  checkId(context.runAsUser, `${path}.runAsUser`, errors);
  checkId(context.runAsGroup, `${path}.runAsGroup`, errors);
  for (const [index, group] of (context.supplementalGroups ?? []).entries())
    checkId(group, `${path}.supplementalGroups[${index}]`, errors);
  if (spec.shareProcessNamespace && spec.hostPID)
    errors.invalid(`${path}.shareProcessNamespace`, true, "ShareProcessNamespace and HostPID cannot both be enabled");
  validateSysctls(context.sysctls ?? [], spec, `${path}.sysctls`, errors);
  checkOptionalOneOf(context.fsGroupChangePolicy, ["Always", "OnRootMismatch"], `${path}.fsGroupChangePolicy`, errors);
  validateSeccompProfile(context.seccompProfile, `${path}.seccompProfile`, errors);
  validateWindowsOptions(context.windowsOptions, `${path}.windowsOptions`, errors);
  validateAppArmorProfile(context.appArmorProfile, `${path}.appArmorProfile`, errors);
  checkOptionalOneOf(context.supplementalGroupsPolicy, ["Merge", "Strict"], `${path}.supplementalGroupsPolicy`, errors);
  checkOptionalOneOf(context.seLinuxChangePolicy, ["MountOption", "Recursive"], `${path}.seLinuxChangePolicy`, errors);
}

/** Checks the security settings of one container. */
export function validateSecurityContext(
  context: SecurityContext | undefined,
  path: string,
  { spec, errors }: PodContext,
): void {
  if (!context) return;
  checkId(context.runAsUser, `${path}.runAsUser`, errors);
  checkId(context.runAsGroup, `${path}.runAsGroup`, errors);
  checkOptionalOneOf(context.procMount, ["Default", "Unmasked"], `${path}.procMount`, errors);
  if (context.procMount === "Unmasked" && hasHostUsers(spec))
    errors.invalid(`${path}.procMount`, context.procMount, "`hostUsers` must be false to use `Unmasked`");
  validateSeccompProfile(context.seccompProfile, `${path}.seccompProfile`, errors);
  if (context.allowPrivilegeEscalation === false) validateNoEscalation(context, path, errors);
  validateWindowsOptions(context.windowsOptions, `${path}.windowsOptions`, errors);
  validateAppArmorProfile(context.appArmorProfile, `${path}.appArmorProfile`, errors);
}

function validateNoEscalation(context: SecurityContext, path: string, errors: FieldErrors): void {
  if (context.privileged)
    errors.invalid(path, context, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
  if (context.capabilities?.add?.includes("CAP_SYS_ADMIN"))
    errors.invalid(
      path,
      context,
      "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN",
    );
}

/** The number of a user or group. */
function checkId(value: number | undefined, path: string, errors: FieldErrors): void {
  if (value !== undefined) checkRange(value, 0, maxInt32, path, errors);
}

function validateSeccompProfile(profile: SeccompProfile | undefined, path: string, errors: FieldErrors): void {
  if (!profile) return;
  const at = `${path}.localhostProfile`;
  if (!profile.type) errors.required(`${path}.type`, "type is required when seccompProfile is set");
  else checkOptionalOneOf(profile.type, profileTypes, `${path}.type`, errors);
  if (profile.type !== "Localhost") {
    if (profile.localhostProfile !== undefined)
      errors.invalid(at, profile, "can only be set when seccomp type is Localhost");
  } else if (profile.localhostProfile === undefined) errors.required(at, "must be set when seccomp type is Localhost");
  else checkDescendingPath(profile.localhostProfile, at, errors);
}

function validateAppArmorProfile(profile: AppArmorProfile | undefined, path: string, errors: FieldErrors): void {
  if (!profile) return;
  const name = profile.localhostProfile;
  if (profile.type === "Localhost") validateLocalAppArmor(name, `${path}.localhostProfile`, errors);
  else if (!profile.type) errors.required(`${path}.type`, "type is required when appArmorProfile is set");
  else if (!profileTypes.includes(profile.type)) errors.notSupported(`${path}.type`, profile.type, profileTypes);
  else if (name !== undefined)
    errors.invalid(`${path}.localhostProfile`, name, "can only be set when AppArmor type is Localhost");
}

function validateLocalAppArmor(name: string | undefined, path: string, errors: FieldErrors): void {
  if (!name) errors.required(path, "must be set when AppArmor type is Localhost");
  else if (name.trim() !== name) errors.invalid(path, name, "must not be padded with whitespace");
  if ((name ?? "").length > appArmorProfileBytesMax) errors.tooLong(path, appArmorProfileBytesMax);
}
