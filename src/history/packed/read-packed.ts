/**
 * Reads a history file into columns, fast, where it is of a usual form: JSON lines as the recorder writes
 * them, Jepsen's EDN, either gzipped. Anything else is left to the ordinary reader.
 */
import { basename } from 'node:path';
import { UserError } from '../../base/user-error.ts';
import { blocksOf } from '../blocks.ts';
import type { HistoryEvent } from '../event.ts';
import { sniffFormat } from '../formats/sniff.ts';
import type { Independent } from '../independent.ts';
import { EdnScanner } from './edn-scanner.ts';
import { EventPicker } from './event-picker.ts';
import { JsonlScanner } from './jsonl-scanner.ts';
import type { PackedHistory } from './packed-history.ts';
import { Packer } from './packer.ts';
import { type TxnKind, isTxnKind } from './txns.ts';

export interface PackedOptions {
  /** As in `splitKeys`. Default: auto in the histories of other tools, else no. */
  readonly independent?: Independent | undefined;
  /** The model asked for; default: the header's, else by the operations. */
  readonly model?: string | undefined;
}

/** Bytes that tell the format and the kind of transactions. */
const SNIFFED = 1 << 16;

/** Undefined: this file is not of a usual form (or cannot be read at all). */
export async function readPacked(
  path: string,
  options: PackedOptions = {},
): Promise<PackedHistory | undefined> {
  try {
    let reader: BlockReader | undefined;
    for await (const block of blocksOf(path)) {
      reader ??= blockReader(block, options);
      if (reader?.block(block) !== true) return undefined;
    }
    return reader?.finish();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return undefined;
  }
}

/**
 * Of a history that was packed, the operations with these event numbers (of their invocations), in order.
 * Throws a `UserError` if the file is another one by now.
 */
export async function readEvents(
  path: string,
  events: ReadonlySet<number>,
): Promise<readonly HistoryEvent[]> {
  const name = basename(path);
  const picker = new EventPicker(events, name);
  let reader: BlockReader | undefined;
  for await (const block of blocksOf(path)) {
    reader ??= blockReader(block, {}, picker);
    if (reader?.block(block) !== true) throw changed(name);
    if (picker.done) break;
  }
  const read = picker.done || reader?.end() === true;
  if (!read || !picker.complete) throw changed(name);
  return picker.events();
}

function changed(name: string): UserError {
  return new UserError(`${name} was changed while it was checked.`, 'Check it again.');
}

/** The same as `readPacked` from the bytes of a file, in blocks of any size. */
export function packBlocks(
  blocks: Iterable<Buffer>,
  options: PackedOptions = {},
): PackedHistory | undefined {
  let reader: BlockReader | undefined;
  for (const block of blocks) {
    reader ??= blockReader(block, options);
    if (reader?.block(block) !== true) return undefined;
  }
  return reader?.finish();
}

function blockReader(
  first: Buffer,
  options: PackedOptions,
  picker?: EventPicker,
): BlockReader | undefined {
  const begin = first.toString('latin1', 0, SNIFFED);
  const format = sniffFormat(begin.slice(0, 4096));
  if (format !== 'jsonl' && format !== 'edn') return undefined;
  const kind = picker === undefined ? kindOf(begin, options.model) : undefined;
  const foreign = format === 'edn';
  const packer = new Packer({
    foreign,
    independent: options.independent ?? (foreign ? 'auto' : 'no'),
  });
  const scanner = foreign
    ? new EdnScanner(packer, kind, picker)
    : new JsonlScanner(packer, kind, picker);
  return new BlockReader(packer, scanner, options.model);
}

/** The kind of transactions, by the first micro-operation that writes. */
function kindOf(begin: string, model: string | undefined): TxnKind | undefined {
  if (model !== undefined) return isTxnKind(model) ? model : undefined;
  const [, name] = /\[(?:"|:)(append|w)"?[ ,]/.exec(begin) ?? [];
  if (name === undefined) return undefined;
  return name === 'w' ? 'rw-register' : 'list-append';
}

class BlockReader {
  readonly #packer: Packer;
  readonly #scanner: EdnScanner | JsonlScanner;
  readonly #model: string | undefined;
  /** What was not a whole event yet. */
  #rest: Buffer = Buffer.alloc(0);

  constructor(packer: Packer, scanner: EdnScanner | JsonlScanner, model: string | undefined) {
    this.#packer = packer;
    this.#scanner = scanner;
    this.#model = model;
  }

  /** False: it is not of a usual form. */
  block(block: Buffer): boolean {
    const bytes = this.#rest.length === 0 ? block : Buffer.concat([this.#rest, block]);
    const taken = this.#scanner.scan(bytes, false);
    if (taken < 0) return false;
    this.#rest = bytes.subarray(taken);
    return true;
  }

  /** Nothing follows; false: it is not of a usual form. */
  end(): boolean {
    return this.#scanner.scan(this.#rest, true) >= 0;
  }

  finish(): PackedHistory | undefined {
    if (!this.end()) return undefined;
    const { header } = this.#packer;
    if (header === undefined && !this.#packer.foreign)
      this.#packer.notes.push('no header line; model and initial value come from the flags');
    const { txns } = this.#scanner;
    if (txns === undefined) return this.#packer.finish();
    const model = this.#model ?? header?.model;
    const columns = model === undefined || model === txns.columns.kind ? txns.finish() : undefined;
    return columns && this.#packer.finish(columns);
  }
}
