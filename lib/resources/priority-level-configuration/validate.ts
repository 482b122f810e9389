import type {
  LimitedPriorityLevelConfiguration,
  LimitResponse,
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from "../../../gen/typernetes/flowcontrol/v1/priority_level_configuration.ts";
import { deepEqual } from "../../api/deep.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { checkRange } from "../rules.ts";
import { mandatoryPriorityLevels } from "./mandatory.ts";

const exemptName = "exempt";
const queuesMax = 10_000_000;
const hashBitsMax = 60;

/** Checks how requests of one level wait. */
export function validatePriorityLevel({ metadata, spec = {} }: PriorityLevelConfiguration, errors: FieldErrors): void {
  const name = metadata?.name ?? "";
  if ((name === exemptName) !== (spec.type === "Exempt"))
    errors.invalid("spec.type", spec.type ?? "", "type must be 'Exempt' if and only if name is 'exempt'");
  if (spec.type === "Exempt") validateExempt(spec, "spec", errors);
  else if (spec.type === "Limited") validateLimited(spec, "spec", errors);
  else errors.notSupported("spec.type", spec.type ?? "", ["Exempt", "Limited"]);
  validateMandatory(name, spec, errors);
}

/** Of the exempt level an administrator may change how it lends. */
function validateMandatory(name: string, spec: PriorityLevelConfigurationSpec, errors: FieldErrors): void {
  const fixed = mandatoryPriorityLevels[name];
  if (!fixed) return;
  const isExempt = name === exemptName;
  const compared = isExempt ? { ...spec, exempt: fixed.exempt } : spec;
  if (deepEqual(compared, fixed)) return;
  const except = isExempt ? " except the 'spec.exempt' field" : "";
  errors.invalid("spec", spec, `spec of '${name}'${except} must equal the fixed value`);
}

function validateExempt(spec: PriorityLevelConfigurationSpec, path: string, errors: FieldErrors): void {
  if (spec.limited) errors.forbidden(`${path}.limited`, "must be nil if the type is not Limited");
  if (spec.exempt) validateShares(spec.exempt, `${path}.exempt`, errors);
}

function validateLimited(spec: PriorityLevelConfigurationSpec, path: string, errors: FieldErrors): void {
  if (spec.exempt) errors.forbidden(`${path}.exempt`, "must be nil if the type is Limited");
  const { limited } = spec;
  const at = `${path}.limited`;
  if (!limited) {
    errors.required(at, "must not be empty when type is Limited");
    return;
  }
  validateShares(limited, at, errors);
  validateResponse(limited.limitResponse ?? {}, `${at}.limitResponse`, errors);
  const borrowed = limited.borrowingLimitPercent;
  if (borrowed !== undefined && borrowed < 0)
    errors.invalid(`${at}.borrowingLimitPercent`, borrowed, "if specified, must be a non-negative integer");
}

function validateShares(
  { nominalConcurrencyShares: shares = 0, lendablePercent }: LimitedPriorityLevelConfiguration,
  path: string,
  errors: FieldErrors,
): void {
  if (shares < 0) errors.invalid(`${path}.nominalConcurrencyShares`, shares, "must be a non-negative integer");
  if (lendablePercent !== undefined) checkRange(lendablePercent, 0, 100, `${path}.lendablePercent`, errors);
}

function validateResponse({ type = "", queuing }: LimitResponse, path: string, errors: FieldErrors): void {
  const at = `${path}.queuing`;
  if (type === "Reject") {
    if (queuing) errors.forbidden(at, "must be nil if limited.limitResponse.type is not Limited");
  } else if (type === "Queue") {
    if (!queuing) errors.required(at, "must not be empty if limited.limitResponse.type is Limited");
    else validateQueuing(queuing, at, errors);
  } else errors.notSupported(`${path}.type`, type, ["Queue", "Reject"]);
}

function validateQueuing(
  { queueLengthLimit = 0, queues = 0, handSize = 0 }: QueuingConfiguration,
  path: string,
  errors: FieldErrors,
): void {
  if (queueLengthLimit <= 0) errors.invalid(`${path}.queueLengthLimit`, queueLengthLimit, "must be positive");
  if (queues <= 0) errors.invalid(`${path}.queues`, queues, "must be positive");
  else if (queues > queuesMax) errors.invalid(`${path}.queues`, queues, `must not be greater than ${queuesMax}`);
  const message = handSizeError(handSize, queues);
  if (message) errors.invalid(`${path}.handSize`, handSize, message);
}

/** A flow's hand of queues is dealt from one hash, which has only so many bits. */
function handSizeError(handSize: number, queues: number): string | undefined {
  if (handSize <= 0) return "must be positive";
  if (handSize > queues) return `should not be greater than queues (${queues})`;
  if (Math.ceil(Math.log2(queues) * handSize) > hashBitsMax)
    return `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${hashBitsMax}`;
  return undefined;
}
