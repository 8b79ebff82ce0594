/** Lines of a trace file as events. Lines that nobody finished writing are passed over. */
import type { TraceEvent } from '../base/trace-event.ts';

/** The event of a line; undefined: the line is empty or torn (its writer was killed), or of no trace. */
export function parseTraceLine(line: string): TraceEvent | undefined {
  if (!line.startsWith('{') || !line.endsWith('}')) return undefined;
  try {
    const event = JSON.parse(line) as Partial<TraceEvent>;
    const sound = typeof event.at === 'number' && typeof event.node === 'string';
    return sound && typeof event.type === 'string' ? (event as TraceEvent) : undefined;
  } catch {
    return undefined;
  }
}
