import type { Metadata } from "@grpc/grpc-js";

/** The trailer that tells a client something besides the answer: a text in UTF-8, as often as there are texts. */
const warningKey = "warning-bin";
/** Trailers have to fit into a header frame that any client accepts. */
const bytesMax = 4 * 1024;

/** Adds texts to trailers, as many as fit. */
export function addWarnings(trailers: Metadata, texts: readonly string[]): void {
  let left = bytesMax;
  for (const text of texts) {
    const bytes = Buffer.from(text);
    left -= bytes.length;
    if (left < 0) return;
    trailers.add(warningKey, bytes);
  }
}

/** The texts in trailers. */
export function warningsIn(trailers: Metadata): string[] {
  return trailers.get(warningKey).map((value) => value.toString());
}
