import assert from "node:assert/strict";
import { test } from "node:test";
import type { CertificateSigningRequestSpec } from "../../../gen/typernetes/certificates/v1/certificate_signing_request.ts";
import { createFaults, printed } from "../testing/faults.ts";
import { certificateSigningRequest as strategy } from "./strategy.ts";

const pem = (type: string) => Buffer.from(`-----BEGIN ${type}-----\nAAAA\n-----END ${type}-----\n`).toString("base64");
const newRequest = (spec: CertificateSigningRequestSpec = {}) => ({
  metadata: { name: "x", creationTimestamp: "2025-01-01T00:00:00Z" },
  spec: {
    request: pem("CERTIFICATE REQUEST"),
    signerName: "example.com/sample",
    usages: ["client auth"],
    username: "jane",
    ...spec,
  },
});
const signer = (message: string, value: string) => [`spec.signerName: Invalid value: "${value}": ${message}`];
const supported = createFaults(strategy, newRequest({ usages: ["all"] }))[0]?.split("supported values: ")[1];

const rules: readonly [CertificateSigningRequestSpec, string[]][] = [
  [{}, []],
  [{ expirationSeconds: 600 }, []],
  [{ signerName: undefined }, ["spec.signerName: Required value"]],
  [{ signerName: "a" }, signer("must be a fully qualified domain and path of the form 'example.com/signer-name'", "a")],
  [
    { signerName: "a.b/c/d" },
    signer("must be a fully qualified domain and path of the form 'example.com/signer-name'", "a.b/c/d"),
  ],
  [{ signerName: "a/b" }, signer("should be a domain with at least two segments separated by dots", "a")],
  [
    { signerName: "kubernetes.io/legacy-unknown" },
    signer("the legacy signerName is not allowed via this API version", "kubernetes.io/legacy-unknown"),
  ],
  [{ usages: [] }, ["spec.usages: Required value"]],
  [{ usages: ["all"] }, [`spec.usages[0]: Unsupported value: "all": supported values: ${supported}`]],
  [{ usages: ["any", "any"] }, ['spec.usages[1]: Duplicate value: "any"']],
  [
    { expirationSeconds: 599 },
    ["spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds (10 minutes)"],
  ],
  [
    { request: pem("CERTIFICATE") },
    [`spec.request: Invalid value: "${pem("CERTIFICATE")}": PEM block type must be CERTIFICATE REQUEST`],
  ],
];

for (const [spec, expected] of rules)
  test(`validation of requests for certificates: ${expected[0]?.slice(0, 90) ?? JSON.stringify(spec)}`, () => {
    assert.deepEqual(createFaults(strategy, newRequest(spec)), expected);
  });

test("labels of the domain and of the path of a signer are named", () => {
  const faults = createFaults(strategy, newRequest({ signerName: "a_b.c/d_e" }));
  assert.match(
    faults[0] ?? "",
    /^spec.signerName: Invalid value: "a_b.c": validating label "a_b": a lowercase RFC 1123 label/,
  );
  assert.match(
    faults[1] ?? "",
    /^spec.signerName: Invalid value: "d_e": validating label "d_e": a lowercase RFC 1123 sub/,
  );
});

test("what is requested never changes, and its status not by an update", () => {
  const update = { ...newRequest({ username: "joe" }), status: { certificate: "AAAA" } };
  strategy.prepareForUpdate?.(update, newRequest());
  assert.deepEqual(update, newRequest());
});

test("requests for certificates are printed with what became of them", () => {
  const shown = (status: object, spec: CertificateSigningRequestSpec = {}) =>
    printed(strategy, { ...newRequest(spec), status }, Date.parse("2025-01-01T00:01:00Z"));
  assert.equal(
    shown({}),
    "Age=60s SignerName=example.com/sample Requestor=jane RequestedDuration=<none> Condition=Pending | ",
  );
  const status = { conditions: [{ type: "Approved" }, { type: "Failed" }], certificate: "AAAA" };
  assert.match(shown(status, { expirationSeconds: 3600 }), /RequestedDuration=60m Condition=Approved,Failed,Issued/);
  assert.match(shown({ conditions: [{ type: "Denied" }] }), /Condition=Denied/);
});
