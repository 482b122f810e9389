import { kernelNames } from "../../network/names.ts";
import { runtimeConformance } from "../conformance.ts";
import { makeTestNode } from "./test-node.ts";

const SERVER = "require('net').createServer((s) => s.end(process.argv[2])).listen(Number(process.argv[1]))";

runtimeConformance("process", async () => {
  const node = await makeTestNode("process-runtime");
  return {
    ...node,
    image: "host",
    serve: (port, answer) => [process.execPath, "-e", SERVER, String(port), answer],
    marks: [node.dir, kernelNames(node.dir).prefix, kernelNames(node.stateDir).prefix],
  };
});
