/** Why a number or an address could not be had; the message is for whoever asked. */
export class AllocationError extends Error {
  readonly code: "Taken" | "OutOfRange" | "Full";

  constructor(code: "Taken" | "OutOfRange" | "Full", message: string) {
    super(message);
    this.name = "AllocationError";
    this.code = code;
  }
}
