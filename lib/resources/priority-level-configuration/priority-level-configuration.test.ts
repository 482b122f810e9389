import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  LimitedPriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from "../../../gen/typernetes/flowcontrol/v1/priority_level_configuration.ts";
import { clonePlain } from "../../base/plain-data.ts";
import { createFaults, printed } from "../testing/faults.ts";
import { mandatoryPriorityLevels } from "./mandatory.ts";
import { priorityLevelConfiguration as strategy } from "./strategy.ts";

const newLevel = (spec: PriorityLevelConfigurationSpec, name = "x") => ({
  metadata: { name, creationTimestamp: "2025-01-01T00:00:00Z" },
  spec,
});
const limited = (changes: LimitedPriorityLevelConfiguration = {}): PriorityLevelConfigurationSpec => ({
  type: "Limited",
  limited: { limitResponse: { type: "Reject" }, ...changes },
});
const queuing = (changes: QueuingConfiguration): PriorityLevelConfigurationSpec =>
  limited({ limitResponse: { type: "Queue", queuing: changes } });
const response = "spec.limited.limitResponse";

const rules: readonly [PriorityLevelConfigurationSpec, string[]][] = [
  [limited(), []],
  [queuing({}), []],
  [limited({ nominalConcurrencyShares: 0 }), []],
  [{ type: "Exempt" }, ["spec.type: Invalid value: \"Exempt\": type must be 'Exempt' if and only if name is 'exempt'"]],
  [{ type: "a" }, ['spec.type: Unsupported value: "a": supported values: "Exempt", "Limited"']],
  [{ type: "Limited" }, ["spec.limited: Required value: must not be empty when type is Limited"]],
  [{ ...limited(), exempt: {} }, ["spec.exempt: Forbidden: must be nil if the type is Limited"]],
  [
    limited({ nominalConcurrencyShares: -1, lendablePercent: 101, borrowingLimitPercent: -1 }),
    [
      "spec.limited.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer",
      "spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive",
      "spec.limited.borrowingLimitPercent: Invalid value: -1: if specified, must be a non-negative integer",
    ],
  ],
  [
    limited({ limitResponse: { type: "a" } }),
    [`${response}.type: Unsupported value: "a": supported values: "Queue", "Reject"`],
  ],
  [
    limited({ limitResponse: { type: "Reject", queuing: {} } }),
    [`${response}.queuing: Forbidden: must be nil if limited.limitResponse.type is not Limited`],
  ],
  [
    limited({ limitResponse: { type: "Queue" } }),
    [`${response}.queuing: Required value: must not be empty if limited.limitResponse.type is Limited`],
  ],
  [
    queuing({ queues: -1, handSize: -1, queueLengthLimit: -1 }),
    ["queueLengthLimit", "queues", "handSize"].map(
      (field) => `${response}.queuing.${field}: Invalid value: -1: must be positive`,
    ),
  ],
  [
    queuing({ queues: 10_000_001, handSize: 1 }),
    [`${response}.queuing.queues: Invalid value: 10000001: must not be greater than 10000000`],
  ],
  [
    queuing({ queues: 4, handSize: 5 }),
    [`${response}.queuing.handSize: Invalid value: 5: should not be greater than queues (4)`],
  ],
  [
    queuing({ queues: 1024, handSize: 8 }),
    [
      `${response}.queuing.handSize: Invalid value: 8: required entropy bits of deckSize 1024 and handSize 8 should not be greater than 60`,
    ],
  ],
];

for (const [spec, expected] of rules)
  test(`validation of priority levels: ${expected[0] ?? JSON.stringify(spec)}`, () => {
    assert.deepEqual(createFaults(strategy, newLevel(spec)), expected);
  });

test("levels that every cluster has say what they must; how the exempt one lends may change", () => {
  const { exempt = {}, "catch-all": rest = {} } = mandatoryPriorityLevels;
  assert.deepEqual(createFaults(strategy, newLevel(clonePlain(exempt), "exempt")), []);
  assert.deepEqual(createFaults(strategy, newLevel(clonePlain(rest), "catch-all")), []);
  assert.deepEqual(createFaults(strategy, newLevel({ type: "Exempt", exempt: { lendablePercent: 50 } }, "exempt")), []);
  const fixed = (name: string, spec: PriorityLevelConfigurationSpec) =>
    createFaults(strategy, newLevel(spec, name)).at(-1);
  assert.match(fixed("catch-all", limited()) ?? "", /: spec of 'catch-all' must equal the fixed value$/);
  assert.match(
    fixed("exempt", { type: "Exempt", limited: {} }) ?? "",
    /: spec of 'exempt' except the 'spec.exempt' field must equal the fixed value$/,
  );
  assert.deepEqual(
    createFaults(strategy, newLevel({ type: "Exempt", limited: {} }, "exempt"))[0],
    ["spec.limited: Forbidden: must be nil if the type is not Limited"][0],
  );
});

test("what a level does not say", () => {
  const object = newLevel(queuing({}));
  strategy.defaults?.(object);
  assert.deepEqual(object.spec.limited, {
    nominalConcurrencyShares: 30,
    lendablePercent: 0,
    limitResponse: { type: "Queue", queuing: { handSize: 8, queues: 64, queueLengthLimit: 50 } },
  });
  const now = Date.parse("2025-01-01T00:01:00Z");
  assert.equal(
    printed(strategy, object, now),
    "Type=Limited NominalConcurrencyShares=30 Queues=64 HandSize=8 QueueLengthLimit=50 Age=60s | ",
  );
  const exempt = newLevel({ type: "Exempt", exempt: {} }, "exempt");
  strategy.defaults?.(exempt);
  assert.deepEqual(exempt.spec, mandatoryPriorityLevels["exempt"]);
  assert.equal(
    printed(strategy, exempt, now),
    "Type=Exempt NominalConcurrencyShares=<none> Queues=<none> HandSize=<none> QueueLengthLimit=<none> Age=60s | ",
  );
});
