import { parseArgs } from "node:util";
import { buildHelloImage, removeHelloImage } from "./hello-image.ts";
import { Stage, type StageOptions } from "./stage.ts";
import { story } from "./story.ts";

const { values } = parseArgs({
  options: {
    runtime: { type: "string", default: "process" },
    nodes: { type: "string", default: "3" },
    help: { type: "boolean", default: false },
  },
});

if (values.help)
  console.log(
    "npm run demo [-- --runtime process|docker] [--nodes 3]\n\nShows the main job of Typernetes from an empty machine to an empty machine.",
  );
else if (values.runtime !== "process" && values.runtime !== "docker")
  fail(`--runtime is process or docker, not ${values.runtime}`);
else await demo({ runtime: values.runtime, nodes: Number(values.nodes) });

async function demo(options: StageOptions): Promise<void> {
  if (options.runtime === "docker") await tell("build an image with Node", async () => buildHelloImage());
  let stage: Stage | undefined;
  try {
    await tell(`a cluster with ${options.nodes} nodes`, async () => {
      stage = await Stage.start(options);
      return stage.output
        .trim()
        .split("\n")
        .filter((line) => !line.startsWith("next:"))
        .join("; ");
    });
    for (const step of story) await tell(step.name, () => (stage ? step.run(stage) : Promise.resolve("")));
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
  } finally {
    await tell("stop everything", async () => {
      const left = (await stage?.stop()) ?? [];
      if (left.length > 0) throw new Error(`left behind: ${left.join("; ")}`);
      return "nothing is left behind";
    }).catch((error: Error) => fail(error.message));
    if (options.runtime === "docker") removeHelloImage();
  }
}

async function tell(name: string, run: () => Promise<string | void>): Promise<void> {
  process.stdout.write(`${name} … `);
  const start = performance.now();
  try {
    const outcome = await run();
    console.log(`${((performance.now() - start) / 1000).toFixed(2)} s${outcome ? ` (${outcome})` : ""}`);
  } catch (error) {
    console.log(`failed after ${((performance.now() - start) / 1000).toFixed(2)} s`);
    throw error;
  }
}

function fail(message: string): void {
  console.error(`error: ${message}`);
  process.exitCode = 1;
}
