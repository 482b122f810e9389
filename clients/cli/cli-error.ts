/** A failure that is not the server's, told in one line. */
export class CliError extends Error {
  /** What the program ends with. */
  readonly exitCode: number;
  /** Printed as it is, without `error: ` before it. */
  readonly isBare: boolean;

  constructor(message: string, options: { exitCode?: number; isBare?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "CliError";
    this.exitCode = options.exitCode ?? 1;
    this.isBare = options.isBare ?? false;
  }
}

/** A kind that no contract tells of: the server may know it. */
export class UnknownKindError extends CliError {}

/** There is no way to the server: nothing else that needs it can be done either. */
export class NoServerError extends CliError {}

/** A command line that says too little or too much; `command` is what to ask for help about. */
export function usageError(command: string, message: string): CliError {
  return new CliError(`${message}\nSee 'typectl ${command} -h' for help and examples`);
}

/** Several failures, each of which is told. */
export class ManyErrors extends Error {
  readonly errors: readonly unknown[];

  constructor(errors: readonly unknown[]) {
    super(`${errors.length} errors`);
    this.name = "ManyErrors";
    this.errors = errors;
  }
}

/** Throws what went wrong, if anything did. */
export function throwAll(errors: readonly unknown[]): void {
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new ManyErrors(errors);
}

/** The program ends with this code, and there is nothing more to say. */
export class Exit extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit ${exitCode}`);
    this.name = "Exit";
    this.exitCode = exitCode;
  }
}
