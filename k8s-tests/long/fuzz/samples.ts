import { Dice } from "./dice.ts";
import type { FuzzedServer } from "./fuzzed-server.ts";
import { manifest } from "./odd-body.ts";
import type { FuzzedKind } from "./odd-request.ts";

/** Gives each kind a sample of itself in Kubernetes' protobuf where the server makes one of a plain manifest. */
export async function addSamples(server: FuzzedServer, kinds: readonly FuzzedKind[]): Promise<void> {
  for (const kind of kinds) {
    const { group, version, plural, namespaced } = kind;
    const base = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
    const path = `${base}${namespaced ? "/namespaces/default" : ""}/${plural}?dryRun=All`;
    const object = JSON.parse(manifest(new Dice(1), kind)) as object;
    const answer = Buffer.from(
      await server.ask("POST", path, object, { accept: "application/vnd.kubernetes.protobuf" }),
      "latin1",
    );
    if (answer.subarray(0, 4).equals(magic) && !answer.includes("Failure")) kind.sample = answer;
  }
}

const magic = Buffer.from("k8s\0");
