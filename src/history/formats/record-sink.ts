/** Where the readers of the formats put what they find. */
export interface RecordSink {
  /** One event as an object with the fields of an event; `text` is shown if it is refused. */
  record(record: Record<string, unknown>, text: string, line: number): void;
  /** The text ended inside an event that begins on this line. */
  torn(line: number): void;
  /** Something that was chosen, for whoever reads the verdict. */
  note(what: string): void;
  /** Throws a `UserError` with file and line. */
  refuse(why: string, text: string, line: number): never;
}
