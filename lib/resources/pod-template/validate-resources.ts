import type { ResourceClaim, ResourceRequirements } from "../../../gen/typernetes/core/v1/pod.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { qualifiedName } from "../../api/names.ts";
import { Quantity, QuantityError } from "../../base/quantity.ts";
import { checkDnsLabel, checkQualifiedName, negativeMessage, notPositiveMessage } from "../rules.ts";
import type { PodContext } from "./context.ts";
import {
  containerResourceError,
  isHugePages,
  isOvercommitAllowed,
  isPodLevelResource,
  isWholeResource,
} from "./resource-names.ts";

type NameCheck = (name: string, path: string, errors: FieldErrors) => void;

/** Checks what a container asks for and may use. */
export function validateContainerResources(
  resources: ResourceRequirements | undefined,
  path: string,
  { spec, errors }: PodContext,
): void {
  if (!resources) return;
  validateRequirements(resources, checkContainerResource, path, errors);
  if (resources.claims) validateClaims(resources.claims, spec.resourceClaims ?? [], `${path}.claims`, errors);
}

/** Checks what a pod as a whole asks for and may use. */
export function validatePodResources(resources: ResourceRequirements, path: string, errors: FieldErrors): void {
  if (resources.claims) errors.forbidden(`${path}.claims`, "claims cannot be set for Resources at pod-level");
  validateRequirements(resources, checkPodResource, path, errors);
}

/** Checks a list of resources where no request is told from a limit: the overhead of a pod. */
export function validateOverhead(overhead: Record<string, string>, path: string, errors: FieldErrors): void {
  validateRequirements({ limits: overhead }, checkContainerResource, path, errors);
}

/** An amount of a resource: not negative, and whole where it counts things. */
export function checkAmount(name: string, amount: string, path: string, errors: FieldErrors): void {
  if (everydayAmount.test(amount) && !isWholeResource(name)) return;
  const quantity = parse(amount, path, errors);
  if (!quantity) return;
  if (quantity.sign() < 0) errors.invalid(path, quantity.toString(), negativeMessage);
  if (isWholeResource(name) && quantity.nano % 1_000_000_000n !== 0n)
    errors.invalid(path, quantity.toString(), "must be an integer");
}

/** As `checkAmount`, and more than nothing. */
export function checkPositiveAmount(name: string, amount: string, path: string, errors: FieldErrors): void {
  const count = errors.count;
  checkAmount(name, amount, path, errors);
  if (errors.count === count && tryParse(amount)?.sign() === 0) errors.invalid(path, amount, notPositiveMessage);
}

/** Amounts that show at a glance that they are right: most of those that are written. */
const everydayAmount = /^[0-9]{1,15}(?:m|k|Ki|M|Mi|G|Gi)?$/;

function parse(amount: string, path: string, errors: FieldErrors): Quantity | undefined {
  try {
    return Quantity.parse(amount);
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
    errors.invalid(path, amount, error.message);
    return undefined;
  }
}

function checkContainerResource(name: string, path: string, errors: FieldErrors): void {
  if (name === "cpu" || name === "memory") return;
  checkQualifiedName(name, path, errors);
  const message = qualifiedName(name).length === 0 ? containerResourceError(name) : undefined;
  if (message) errors.invalid(path, name, message);
}

function checkPodResource(name: string, path: string, errors: FieldErrors): void {
  if (!isPodLevelResource(name)) errors.notSupported(path, name, ["cpu", "hugepages-", "memory"]);
}

function validateRequirements(
  { limits = {}, requests = {} }: ResourceRequirements,
  checkName: NameCheck,
  path: string,
  errors: FieldErrors,
): void {
  for (const name of Object.keys(limits)) validateEntry(name, limits, checkName, `${path}.limits[${name}]`, errors);
  for (const name of Object.keys(requests)) {
    validateEntry(name, requests, checkName, `${path}.requests[${name}]`, errors);
    compareWithLimit(name, requests[name], limits[name], path, errors);
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (names.some(isHugePages) && !names.includes("cpu") && !names.includes("memory"))
    errors.forbidden(path, "HugePages require cpu or memory");
}

function validateEntry(
  name: string,
  amounts: Record<string, string>,
  checkName: NameCheck,
  path: string,
  errors: FieldErrors,
): void {
  const amount = amounts[name] ?? "";
  checkName(name, path, errors);
  checkAmount(name, amount, path, errors);
  if (isHugePages(name)) checkHugePages(name, amount, path, errors);
}

function checkHugePages(name: string, amount: string, path: string, errors: FieldErrors): void {
  const size = tryParse(name.slice("hugepages-".length));
  const quantity = tryParse(amount);
  if (!quantity) return;
  if (!size || size.sign() <= 0 || quantity.nano % size.nano !== 0n)
    errors.invalid(path, quantity.toString(), `${quantity} is not positive integer multiple of ${name}`);
}

function compareWithLimit(
  name: string,
  request: string | undefined,
  limit: string | undefined,
  path: string,
  errors: FieldErrors,
): void {
  if (limit === undefined) {
    if (!isOvercommitAllowed(name))
      errors.required(`${path}.limits`, "Limit must be set for non overcommitable resources");
    return;
  }
  if (request === undefined || request === limit) return;
  const asked = tryParse(request);
  const most = tryParse(limit);
  if (!asked || !most) return;
  const order = asked.compare(most);
  if (order !== 0 && !isOvercommitAllowed(name))
    errors.invalid(`${path}.requests`, `${asked}`, `must be equal to ${name} limit of ${most}`);
  else if (order > 0)
    errors.invalid(`${path}.requests`, `${asked}`, `must be less than or equal to ${name} limit of ${most}`);
}

function tryParse(amount: string): Quantity | undefined {
  try {
    return Quantity.parse(amount);
  } catch {
    return undefined;
  }
}

function validateClaims(
  claims: readonly ResourceClaim[],
  podClaims: readonly { name?: string | undefined }[],
  path: string,
  errors: FieldErrors,
): void {
  const seen: ResourceClaim[] = [];
  for (const [index, claim] of claims.entries()) {
    const at = `${path}[${index}]`;
    const name = claim.name ?? "";
    if (!name) {
      errors.required(at);
      continue;
    }
    if (claim.request) checkDnsLabel(claim.request, `${at}.request`, errors);
    const clash = seen.find(
      (it) => it.name === name && (!it.request || !claim.request || it.request === claim.request),
    );
    if (clash) errors.duplicate(at, clash.request && claim.request ? `${name}/${claim.request}` : name);
    seen.push(claim);
    if (!podClaims.some((it) => it.name === name)) errors.notFound(at, name, knownClaims(podClaims));
  }
}

function knownClaims(podClaims: readonly { name?: string | undefined }[]): string {
  const names = podClaims.map((it) => it.name ?? "").sort();
  return `must be one of the names in pod.spec.resourceClaims${names.length === 0 ? " which is empty" : `: ${names.join(", ")}`}`;
}
