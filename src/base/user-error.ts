/**
 * Something the user can mend (a flag, an input file, a port, rights, Docker): exit code 254.
 * One sentence on what is wrong, one on what to do; never a stack trace.
 */
export class UserError extends Error {
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.name = 'UserError';
    this.hint = hint;
  }
}
