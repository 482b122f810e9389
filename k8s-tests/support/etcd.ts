import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./ports.ts";
import { BackgroundProgram } from "./program.ts";
import { waitFor } from "./wait.ts";

/** A real etcd of its own. */
export interface Etcd {
  address: string;
  stop(): Promise<void>;
}

/** Starts the distribution's etcd on loopback, with its data in a temporary folder. */
export async function startEtcd(): Promise<Etcd> {
  const folder = mkdtempSync(join(tmpdir(), "typernetes-etcd-"));
  const [client, peer] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
  const args = ["--data-dir", folder, "--listen-client-urls", client, "--advertise-client-urls", client];
  args.push("--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", `default=${peer}`);
  const program = new BackgroundProgram("etcd", args, { ...process.env, ETCD_UNSUPPORTED_ARCH: "arm64" });
  const stop = async () => {
    await program.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await waitFor("etcd is healthy", async () => (await fetch(`${client}/health`)).ok);
  } catch (error) {
    await stop();
    throw error;
  }
  return { address: client, stop };
}
