/**
 * Reads a history file into columns, fast, where it is of a usual form: JSON lines as the recorder writes
 * them, Jepsen's EDN, one JSON array, each also gzipped. Anything else is left to the ordinary reader.
 */
import { basename } from 'node:path';
import { UserError } from '../../base/user-error.ts';
import { type Take, eachBlock, eachOf } from '../blocks.ts';
import type { HistoryEvent } from '../event.ts';
import { sniffFormat } from '../formats/sniff.ts';
import type { Independent } from '../independent.ts';
import { EdnScanner } from './edn-scanner.ts';
import { EventPicker } from './event-picker.ts';
import type { EventScanner } from './event-scanner.ts';
import { JsonArrayScanner } from './json-array-scanner.ts';
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
    const reading = new Reading(options);
    return (await eachBlock(path, reading.take)) ? reading.finish() : undefined;
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
  const picker = new EventPicker(events, basename(path));
  const { take } = new Reading({}, picker);
  const read = await eachBlock(path, (bytes, last) => (picker.done ? -1 : take(bytes, last)));
  if (!(read || picker.done) || !picker.complete) throw changed(path);
  return picker.events();
}

/** The file is another one than it was. */
export function changed(path: string): UserError {
  return new UserError(`${basename(path)} was changed while it was checked.`, 'Check it again.');
}

/** The same as `readPacked` from the bytes of a file, in blocks of any size. */
export function packBlocks(
  blocks: Iterable<Buffer>,
  options: PackedOptions = {},
): PackedHistory | undefined {
  const reading = new Reading(options);
  return eachOf(blocks, reading.take) ? reading.finish() : undefined;
}

/** The kind of transactions, by the first micro-operation that writes. */
function kindOf(begin: string, model: string | undefined): TxnKind | undefined {
  if (model !== undefined) return isTxnKind(model) ? model : undefined;
  const [, name] = /\[(?:"|:)(append|w)"?[ ,]/.exec(begin) ?? [];
  if (name === undefined) return undefined;
  return name === 'w' ? 'rw-register' : 'list-append';
}

const SCANNERS = { jsonl: JsonlScanner, edn: EdnScanner, json: JsonArrayScanner } as const;

/** A history from its first bytes to its last. */
class Reading {
  readonly #options: PackedOptions;
  readonly #picker: EventPicker | undefined;
  /** Undefined: nothing was read yet. */
  #scanner: EventScanner | undefined;

  /** `picker`: takes a few of the events, and nothing else is kept. */
  constructor(options: PackedOptions, picker?: EventPicker) {
    this.#options = options;
    this.#picker = picker;
  }

  /** −1: it is not of a usual form. */
  readonly take: Take = (bytes, last) => {
    this.#scanner ??= this.#begin(bytes);
    return this.#scanner?.scan(bytes, last) ?? -1;
  };

  /** Everything was taken. Undefined: its columns would be of another model. */
  finish(): PackedHistory | undefined {
    const { packer, txns } = this.#scanner as EventScanner;
    const { header } = packer;
    if (header === undefined && !packer.foreign)
      packer.notes.push('no header line; model and initial value come from the flags');
    if (txns === undefined) return packer.finish();
    const model = this.#options.model ?? header?.model;
    const columns = model === undefined || model === txns.columns.kind ? txns.finish() : undefined;
    return columns && packer.finish(columns);
  }

  #begin(first: Buffer): EventScanner | undefined {
    const begin = first.toString('latin1', 0, SNIFFED);
    const format = sniffFormat(begin.slice(0, 4096));
    if (!(format in SCANNERS)) return undefined;
    const { model, independent } = this.#options;
    const kind = this.#picker === undefined ? kindOf(begin, model) : undefined;
    const foreign = format !== 'jsonl';
    const packer = new Packer({ foreign, independent: independent ?? (foreign ? 'auto' : 'no') });
    const Scanner = SCANNERS[format as keyof typeof SCANNERS];
    return new Scanner(packer, kind, this.#picker);
  }
}
