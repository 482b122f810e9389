import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { decode } from "../../../lib/api/decode.ts";

/** Says that a pod stands for a file of its node. */
export const mirrorAnnotation = "kubernetes.io/config.mirror";

/** Tells one version of a file from the next. */
export const hashAnnotation = "kubernetes.io/config.hash";

/** What a folder of manifests asks for, and which of its files are no pods. */
export interface Manifests {
  pods: Pod[];
  faults: { file: string; message: string }[];
}

/** Reads the manifests in a folder; hidden files do not count. Pods are as the server shows them: named for their node. */
export async function readManifests(directory: string, nodeName: string): Promise<Manifests> {
  const manifests: Manifests = { pods: [], faults: [] };
  for (const file of (await readdir(directory).catch(() => [])).filter((name) => !name.startsWith(".")).sort()) {
    try {
      manifests.pods.push(mirrorOf(await readFile(join(directory, file), "utf8"), nodeName));
    } catch (error) {
      manifests.faults.push({ file, message: error instanceof Error ? error.message : String(error) });
    }
  }
  return manifests;
}

function mirrorOf(text: string, nodeName: string): Pod {
  const { object } = decode<Pod>("core.v1.Pod", parse(text), "Strict");
  if (object.kind !== "Pod" || !object.metadata?.name) throw new Error("the file holds no pod with a name");
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 32);
  const marks = {
    [mirrorAnnotation]: hash,
    [hashAnnotation]: hash,
    "kubernetes.io/config.source": "file",
  };
  const { name, namespace = "default", labels, annotations } = object.metadata;
  return {
    ...object,
    metadata: {
      name: `${name}-${nodeName}`,
      namespace,
      ...(labels && { labels }),
      annotations: { ...annotations, ...marks },
    },
    spec: {
      ...object.spec,
      nodeName,
      tolerations: [...(object.spec?.tolerations ?? []), { operator: "Exists", effect: "NoExecute" }],
    },
  };
}
