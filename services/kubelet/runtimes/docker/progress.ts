import { readLines } from "./text-lines.ts";

/** Reads Docker's stream of JSON lines to its end; answers the error in it, if there is one. */
export async function readProgress(
  stream: NodeJS.ReadableStream,
  onProgress: () => void = () => {},
): Promise<string | undefined> {
  let failure: string | undefined;
  for await (const line of readLines(stream)) {
    onProgress();
    failure ??= errorIn(line);
  }
  return failure;
}

function errorIn(line: string): string | undefined {
  if (line.trim() === "") return undefined;
  const message: unknown = JSON.parse(line);
  if (typeof message !== "object" || message === null || !("error" in message)) return undefined;
  return String(message.error);
}
