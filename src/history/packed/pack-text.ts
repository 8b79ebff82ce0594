/** A history from text into columns: the same as from a file. */
import type { PackedHistory } from './packed-history.ts';
import { type PackedOptions, packBlocks } from './read-packed.ts';

/** Undefined: it is not of a usual form. */
export function packText(text: string, options?: PackedOptions): PackedHistory | undefined {
  return packBlocks([Buffer.from(text)], options);
}
