import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ShownEvent } from '../src/base/trace-event.ts';
import { checkHistory } from '../src/checkers/check.ts';
import type { HistoryEvent } from '../src/history/event.ts';
import { FINDINGS } from '../src/protocols/hermes/findings.ts';
import { reliableHermes } from '../src/protocols/hermes/reliable.ts';
import { namedTrace, type Rules } from '../src/run/named-trace.ts';
import { findingsDoc } from './write.ts';

test(
  'the pictures are what the commands draw (npm run docs writes them)',
  { timeout: 120_000 },
  async () => {
    const page = readFileSync(new URL('findings.md', import.meta.url), 'utf8');
    expect(await findingsDoc()).toBe(page);
    for (const { id, bugs } of FINDINGS)
      for (const name of bugs) {
        const { zoo } = reliableHermes.bugs.find((bug) => bug.name === name)!;
        expect(page).toContain(`\`${name}\``);
        expect(page).toMatch(new RegExp(`\\| ${id} \\|.*${zoo} `));
      }
  },
);

describe.each(FINDINGS)('$id: what clients see in $trace', ({ trace }) => {
  test.each<[Rules, boolean]>([
    ['published', false],
    ['ours', true],
  ])('with %s rules linearizable: %s', async (rules, valid) => {
    const { events } = await namedTrace(trace, { rules });
    const history = { header: { hermes: 1 as const }, events: told(events) };
    const options = { checkers: ['linearizable'], model: 'append-kv' } as const;
    expect(checkHistory(history as never, options).valid).toBe(valid);
  });
});

/** What clients asked and were told; one process each, and a new one where the answer is unknown. */
function told(events: readonly ShownEvent[]): HistoryEvent[] {
  const found: HistoryEvent[] = [];
  const open = new Map<
    string,
    { readonly f: 'get' | 'put' | 'append'; readonly value: string | null }
  >();
  const add = (process: string, type: HistoryEvent['type'], value: string | null): void => {
    const { f } = open.get(process)!;
    const index = found.length;
    found.push({ index, process, type, f, key: 'k', value, time: 1000 * index } as HistoryEvent);
  };
  for (const event of events) {
    if (event.type === 'request') {
      const process = `${event.node}/${event.op}`;
      const [word, value = null] = event.text.split(' ');
      const f = word === 'read' ? 'get' : word === 'write' ? 'put' : 'append';
      open.set(process, { f, value });
      add(process, 'invoke', value);
    } else if (event.type === 'reply') {
      const process = `${event.node}/${event.op}`;
      const { f, value } = open.get(process)!;
      const read = event.text === 'nil' ? null : event.text;
      add(process, event.outcome, f === 'get' && event.outcome === 'ok' ? read : value);
    }
  }
  return found;
}
