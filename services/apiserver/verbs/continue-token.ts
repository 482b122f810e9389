import { badRequest } from "../errors.ts";

/** Where the next page of a list begins. */
export interface ContinueToken {
  /** The revision of the list's first page; 0: whatever is newest. */
  revision: number;
  /** The last key of the page before, without the resource's prefix. */
  after: string;
}

/** Opaque to clients. */
export function encodeContinueToken(token: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: 1, rv: token.revision, after: token.after })).toString("base64url");
}

/** @throws StatusError `BadRequest`. */
export function decodeContinueToken(text: string): ContinueToken {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    if (typeof parsed === "object" && parsed !== null && "rv" in parsed && "after" in parsed) {
      const { rv, after } = parsed;
      if (typeof rv === "number" && Number.isSafeInteger(rv) && rv >= 0 && typeof after === "string") {
        return { revision: rv, after };
      }
    }
  } catch {
    // Told below.
  }
  throw badRequest("continue key is not valid");
}
