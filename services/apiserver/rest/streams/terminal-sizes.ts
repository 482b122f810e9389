import type { TerminalSize } from "../../../../gen/typernetes/core/v1/pod.ts";

const messageLengthMax = 1024;

/** The sizes that a client tells, one JSON object after another; what is none is passed over. */
export async function* terminalSizes(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TerminalSize> {
  let text = "";
  for await (const chunk of chunks) {
    text += Buffer.from(chunk).toString("latin1");
    for (let end = text.indexOf("}"); end >= 0; end = text.indexOf("}")) {
      const size = parseSize(text.slice(0, end + 1));
      text = text.slice(end + 1);
      if (size) yield size;
    }
    if (text.length > messageLengthMax) text = "";
  }
}

function parseSize(text: string): TerminalSize | undefined {
  try {
    const { Width, Height }: { Width?: unknown; Height?: unknown } = JSON.parse(text);
    return isSide(Width) && isSide(Height) ? { columns: Width, rows: Height } : undefined;
  } catch {
    return undefined;
  }
}

function isSide(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) <= 0xffff;
}
