/**
 * The replica's log: one JSON object per line on stderr. `-v` adds changes of state, `-vv` every
 * message. Lines of one turn of the event loop go out in one write, so that `-vv` stays bearable.
 */
import type { NodeName } from '../base/operation.ts';

/** 0: what matters to whoever runs it; 1: changes of state; 2: every message. */
export type Verbosity = 0 | 1 | 2;

export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'trace';

export interface Log {
  verbosity: Verbosity;
  error(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  /** Changes of state: from `-v` on. */
  debug(event: string, fields?: LogFields): void;
  /** Single messages: from `-vv` on. Ask `verbosity` before building the fields. */
  trace(event: string, fields?: LogFields): void;
  /** Writes out what is pending, at once. */
  flush(): void;
}

export type LogFields = Readonly<Record<string, unknown>>;

/** A log whose lines go to `write` (default: stderr). */
export function openLog(
  node: NodeName,
  verbosity: Verbosity,
  write: (lines: string) => void = (lines) => void process.stderr.write(lines),
): Log {
  let pending = '';
  const flush = (): void => {
    if (pending === '') return;
    const lines = pending;
    pending = '';
    write(lines);
  };
  const line = (level: LogLevel, event: string, fields: LogFields | undefined): void => {
    if (pending === '') setImmediate(flush);
    pending += `${JSON.stringify({ time: new Date().toISOString(), node, level, event, ...fields })}\n`;
    if (level === 'error') flush();
  };
  return {
    verbosity,
    error: (event, fields) => line('error', event, fields),
    warn: (event, fields) => line('warn', event, fields),
    info: (event, fields) => line('info', event, fields),
    debug(event, fields) {
      if (this.verbosity >= 1) line('debug', event, fields);
    },
    trace(event, fields) {
      if (this.verbosity >= 2) line('trace', event, fields);
    },
    flush,
  };
}
