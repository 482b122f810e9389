import { RE2JS } from "@bufbuild/re2";

/** Tells whether a pattern occurs in a text, in time that grows with the text alone. */
export type TestPattern = (text: string) => boolean;

const compiledMax = 1000;
const compiled = new Map<string, TestPattern>();

/** Compiles a pattern in RE2's syntax, once. @throws SyntaxError when it cannot be read. */
export function compilePattern(pattern: string): TestPattern {
  const known = compiled.get(pattern);
  if (known) return known;
  const test = compile(pattern);
  if (compiled.size >= compiledMax) compiled.clear();
  compiled.set(pattern, test);
  return test;
}

function compile(pattern: string): TestPattern {
  try {
    const expression = new RE2JS(pattern);
    return (text) => expression.test(text);
  } catch (error) {
    throw new SyntaxError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
