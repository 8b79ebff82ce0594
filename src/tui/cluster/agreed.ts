/**
 * A question with yes or no on the terminal.
 */
import { createInterface } from 'node:readline/promises';

/** Undefined: nobody is there to ask. Everything but `y` and `yes` is no. */
export async function agreed(question: string): Promise<boolean | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(question)).trim());
  } finally {
    lines.close();
  }
}
