/**
 * The log of a Jepsen run, as Porcupine's etcd histories are kept: `INFO jepsen.util - 3 :invoke :read
 * nil`. Other lines of the log are passed over. A failure that was a time-out says nothing, so it is
 * `info`.
 */
import { EdnReader, ednValue } from './edn.ts';
import type { RecordSink } from './record-sink.ts';

const LINE = /jepsen\.\S+\s+(?:-\s+)?:?([\w-]+)\s+:(invoke|ok|fail|info)\s+:([\w-]+)(?:\s+(.*))?$/;

/** Is this line of a log one of its events? */
export function isLogLine(line: string): boolean {
  return LINE.test(line);
}

/** Reads one line. */
export function readLogLine(line: string, number: number, sink: RecordSink): void {
  const [, process, type, f, rest = 'nil'] = LINE.exec(line.trimEnd()) ?? [];
  if (process === undefined || type === undefined) return;
  const timedOut = type !== 'invoke' && /:timed?-?out/.test(rest);
  const value = timedOut ? null : ednValue(new EdnReader(rest).next() ?? null);
  sink.record(
    {
      process: /^\d+$/.test(process) ? Number(process) : process,
      type: timedOut ? 'info' : type,
      f,
      value,
      ...(timedOut && { error: 'timed out' }),
    },
    line,
    number,
  );
}
