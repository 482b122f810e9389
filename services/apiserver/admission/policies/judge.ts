import type { ShownRequest } from "../webhooks/review-request.ts";
import { evaluationOf, type Prepared, type Surroundings } from "./evaluation.ts";
import type { PreparedPolicy, PreparedValidation } from "./policy-source.ts";

const messageLengthMax = 5 * 1024;

/** What is against a request. */
export interface Violation {
  readonly message: string;
  readonly reason: string;
}

export interface Judgement {
  readonly violations: readonly Violation[];
  readonly annotations: ReadonlyMap<string, string>;
}

/** What a policy says of a request. An expression that fails counts by the policy's failure policy. */
export function judge(prepared: PreparedPolicy, shown: ShownRequest, surroundings: Surroundings): Judgement {
  const run = evaluationOf(prepared.variables, shown, surroundings);
  const isStrict = prepared.policy.spec?.failurePolicy !== "Ignore";
  const violations = prepared.validations.flatMap((validation) => violationOf(validation, run, isStrict) ?? []);
  const annotations = new Map<string, string>();
  for (const { key, value } of prepared.annotations) {
    const text = attempt(() => run(value));
    if (typeof text.value === "string" && text.value) annotations.set(key, text.value);
    else if (text.error && isStrict)
      violations.push({ message: `audit annotation ${JSON.stringify(key)}: ${text.error.message}`, reason: "Invalid" });
  }
  return { violations, annotations };
}

function violationOf(
  validation: PreparedValidation,
  run: (expression: Prepared) => unknown,
  isStrict: boolean,
): Violation | undefined {
  const { source, test, reason } = validation;
  const { value, error } = attempt(() => run(test));
  if (error) {
    const message = `expression '${source}' resulted in error: ${error.message}`;
    return isStrict ? { message, reason: "Invalid" } : undefined;
  }
  return value === true ? undefined : { message: messageOf(validation, run), reason };
}

/** An expression for the message counts when it makes one line of text. */
function messageOf(
  { messageExpression, message, source }: PreparedValidation,
  run: (expression: Prepared) => unknown,
): string {
  const made = messageExpression && attempt(() => run(messageExpression)).value;
  if (typeof made === "string" && made.trim() && made.length <= messageLengthMax && !/[\r\n]/.test(made))
    return made.trim();
  return message?.trim() || `failed expression: ${source.trim()}`;
}

function attempt(run: () => unknown): { value?: unknown; error?: Error } {
  try {
    return { value: run() };
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }
}
