/**
 * Reads a history file into columns, fast, where it is of the usual form: JSON lines as the recorder
 * writes them. Anything else is left to the ordinary reader.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { JsonlScanner } from './jsonl-scanner.ts';
import type { PackedHistory } from './packed-history.ts';
import { Packer } from './packer.ts';

const BLOCK = 1 << 22;

/** Undefined: this file is not of the usual form (or cannot be read at all). Synchronous: for workers. */
export function readPacked(path: string): PackedHistory | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return undefined;
  }
  try {
    return readBlocks(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return undefined;
  } finally {
    closeSync(file);
  }
}

function readBlocks(file: number): PackedHistory | undefined {
  const packer = new Packer();
  const scanner = new JsonlScanner(packer);
  let block = Buffer.allocUnsafe(BLOCK);
  let kept = 0;
  for (let first = true; ; first = false) {
    if (kept === block.length) block = Buffer.concat([block, Buffer.allocUnsafe(block.length)]);
    const got = readSync(file, block, kept, block.length - kept, null);
    const length = kept + got;
    if (first && block[0] !== 0x7b) return undefined;
    const end = got === 0 ? length : block.subarray(0, length).lastIndexOf(0x0a) + 1;
    if (end > 0 && !scanner.scan(block.subarray(0, end))) return undefined;
    block.copyWithin(0, end, length);
    kept = length - end;
    if (got === 0) return packer.finish();
  }
}
