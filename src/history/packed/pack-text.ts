/** A history from text into columns: the same as from a file. */
import { JsonlScanner } from './jsonl-scanner.ts';
import type { PackedHistory } from './packed-history.ts';
import { Packer } from './packer.ts';

/** Undefined: it is not of the usual form. */
export function packText(text: string): PackedHistory | undefined {
  const packer = new Packer();
  return new JsonlScanner(packer).scan(Buffer.from(text)) ? packer.finish() : undefined;
}
