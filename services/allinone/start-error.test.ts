import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreError } from "../../lib/storage/store.ts";
import { explainStartError } from "./start-error.ts";

const options = { httpsPort: 6443, grpcPort: 6444, dataDir: "/data", store: "embedded" };
const system = (facts: object) => Object.assign(new Error("the system's words"), facts);
const etcd = { ...options, store: "http://127.0.0.1:2379" };

const cases: [what: string, error: unknown, given: typeof options, message: string][] = [
  [
    "a port that somebody listens on",
    system({ code: "EADDRINUSE", port: 6443 }),
    options,
    "port 6443 is in use: choose another with --https-port, or 0 for any that is free",
  ],
  [
    "the other port",
    system({ code: "EADDRINUSE", port: 6444 }),
    options,
    "port 6444 is in use: choose another with --grpc-port, or 0 for any that is free",
  ],
  [
    "a port below 1024",
    system({ code: "EACCES", port: 6444 }),
    options,
    "port 6444 is not for this user: choose one above 1023 with --grpc-port",
  ],
  [
    "a directory that cannot be written",
    system({ code: "EACCES", path: "/data/pki" }),
    options,
    "the data directory cannot be used: the system's words; choose another with --data-dir",
  ],
  [
    "an etcd that is not there",
    new StoreError("Unavailable", "no connection Resolution note: "),
    etcd,
    "no etcd answers at http://127.0.0.1:2379: start it, or correct --store (no connection)",
  ],
  ["a damaged store", new StoreError("Damaged", "the store is damaged"), options, "the store is damaged"],
  ["something else", new Error("something else"), options, "something else"],
  ["something that is no error", "words", options, "words"],
];

for (const [what, error, given, message] of cases)
  test(`${what} is told in one line`, () => assert.equal(explainStartError(error, given).message, message));
