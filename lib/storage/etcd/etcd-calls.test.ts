import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  GRPCDeadlineExceededError,
  GRPCUnavailableError,
  type ICallable,
  KVClient,
  LeaseClient,
  MaintenanceClient,
  WatchClient,
} from "etcd3";
import { StoreError } from "../store.ts";
import { EtcdCalls } from "./etcd-calls.ts";
import { FailedCall } from "./failed-call.ts";

/** Calls of which the first ones fail with `failures`, and how many reached etcd or would have. */
function callsThatFail(...failures: Error[]) {
  const tried = { times: 0 };
  const connection: ICallable<unknown> = {
    exec: async <T>() => {
      tried.times++;
      const failure = failures.shift();
      if (failure) throw new FailedCall(failure);
      const answer: unknown = { header: { revision: "7" }, kvs: [], count: "0" };
      return answer as T; // What both of the calls below read.
    },
    withConnection: () => Promise.reject(new Error("no streams here")),
    markFailed: () => {},
    callOptionsFactory: undefined,
  };
  const client = {
    kv: new KVClient(connection),
    watch: new WatchClient(connection),
    lease: new LeaseClient(connection),
    maintenance: new MaintenanceClient(connection),
    close: () => {},
  };
  return { calls: new EtcdCalls(client, ["http://etcd"], 60_000), tried };
}

const unsent = () => new GRPCUnavailableError("GRPCUnavailableError: 14 UNAVAILABLE: No connection established");
const dropped = () => new GRPCUnavailableError("GRPCUnavailableError: 14 UNAVAILABLE: Connection dropped");
const late = () => new GRPCDeadlineExceededError("GRPCDeadlineExceededError: 4 DEADLINE_EXCEEDED: Deadline exceeded");
const put = { key: Buffer.from("a"), value: Buffer.from("b") };
const isUnavailable = (error: unknown) => error instanceof StoreError && error.code === "Unavailable";

describe("calls to etcd that fail", () => {
  test("a write that never left is made again", async () => {
    const { calls, tried } = callsThatFail(unsent(), unsent());
    assert.equal(await calls.put(put), 7);
    assert.equal(tried.times, 3);
  });

  test("why a call was made again is told when there was no time left for it", async () => {
    const { calls } = callsThatFail(unsent(), late());
    await assert.rejects(calls.put(put), { message: /No connection established; then .*Deadline exceeded$/ });
  });

  test("a write that may have happened is not", async () => {
    for (const failure of [dropped(), late()]) {
      const { calls, tried } = callsThatFail(failure);
      await assert.rejects(calls.put(put), isUnavailable);
      assert.equal(tried.times, 1);
    }
  });

  test("a read is made again, but not after its deadline", async () => {
    const { calls, tried } = callsThatFail(dropped(), unsent(), late());
    await assert.rejects(calls.range({ key: put.key }), isUnavailable);
    assert.equal(tried.times, 3);
    assert.equal((await calls.range({ key: put.key })).count, "0");
  });

  test("an etcd that stays away is asked a few times", async () => {
    const { calls, tried } = callsThatFail(...Array.from({ length: 10 }, unsent));
    await assert.rejects(calls.put(put), isUnavailable);
    assert.equal(tried.times, 4);
  });
});
