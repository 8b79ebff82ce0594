/** Scans JSON lines. */
import { NEWLINE } from './characters.ts';
import { JsonScanner } from './json-scanner.ts';

export class JsonlScanner extends JsonScanner {
  /** Whole lines; of the last bytes all. */
  protected override events(last: boolean): number {
    const { bytes } = this;
    const length = last ? bytes.length : bytes.lastIndexOf(NEWLINE) + 1;
    while (this.at < length) {
      const start = (this.from = this.at);
      this.packer.line++;
      if (this.#fast()) {
        if (!this.take()) return -1;
        continue;
      }
      const next = bytes.indexOf(NEWLINE, start);
      const end = next < 0 ? length : next;
      if (!this.#slow(start, end, next >= 0)) return -1;
      this.at = end + 1;
    }
    return length;
  }

  #fast(): boolean {
    if (!this.object()) return false;
    return this.at >= this.bytes.length || this.bytes[this.at++] === NEWLINE;
  }

  /** A line of another form; `whole`: it ends with a line break. */
  #slow(from: number, to: number, whole: boolean): boolean {
    if (this.bytes.toString('utf8', from, to).trim() === '') return true;
    const json = this.full(from, to);
    if (json === undefined) {
      if (!whole) this.torn(this.packer.line);
      return !whole;
    }
    return 'hermes' in json && !('type' in json) ? this.header(json) : this.record(json);
  }
}
