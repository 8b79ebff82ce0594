/** The characters that both notations are made of, as bytes. */
export const MINUS = 0x2d;
export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const OPEN_LIST = 0x5b;
export const CLOSE_LIST = 0x5d;
export const OPEN_MAP = 0x7b;
export const CLOSE_MAP = 0x7d;
export const NEWLINE = 0x0a;
export const COMMA = 0x2c;
export const COLON = 0x3a;

/** What no string holds as it stands; undefined: the bytes are over. */
export function isControl(c: number | undefined): boolean {
  return c === undefined || c < 0x20;
}
