import { expect, test } from 'vitest';
import type { TraceEvent } from '../base/trace-event.ts';
import { drawText } from './draw-text.ts';
import { CRASHED_WRITE } from './draw.case.ts';

test('a write whose coordinator dies, as it is drawn on paper', () => {
  const text = drawText(CRASHED_WRITE, {
    key: 'k0',
    title: 'A write whose coordinator dies',
    notes: ['k0 is valid again'],
  });
  expect(text).toBe(`\
A write whose coordinator dies

      ms  clients       n1                       n2                       n3
   0.000  c0 write 7 ───▶│ W 1.0=7                │                        │
   0.120                 ├──────INV 1.0 ="7"─────▶│ I 1.0=7                │
   0.130                 ├──────INV 1.0 ="7"──────┼───────────────────────▶│ I 1.0=7
   0.200  c1 read ───────┼───────────────────────▶│                        │
   0.250                 │◀────────ACK 1.0────────┤                        │ sent 0.120
   0.350                 │◀───────────────────────┼─────────ACK 1.0────────┤ sent 0.130
                         │ V 1.0=7                │                        │
           ◀────c0 ok────┤                        │                        │
                         ├╌╌╌╌╌╌╌╌╌VAL 1.0╌╌╌╌╌╌╌╌┼╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌▷  │ on its way
   0.500                 ├╌╌╌╌╌╌╌VAL 1.0╌╌╌╌╌╌╌✗  │                        │ lost
   0.600                 ✗ crash                  │                        │
   1.600                                          ═ view 2 {n2 n3}         │
   2.600                                          ◷ timer replay k0        │
                                                  │ R 1.0=7                │
   2.800                                          ├────────INV 1.0────────▶│ ="7" again epoch 2
   2.900                                          │◀────ACK 1.0 epoch 2────┤
                                                  │ V 1.0=7                │
           ◀─────────────────c1 7─────────────────┤                        │
   3.100                 ● restart                │                        │
     end                 ╧ up again               ╧ V 1.0=7                ╧ I 1.0=7

left out: messages about no key (1 HB)
k0 is valid again
`);
});

test('columns: a hundred, unless the replicas need more', () => {
  const wide = (events: readonly TraceEvent[]): number =>
    Math.max(
      ...drawText(events)
        .split('\n')
        .map((line) => line.length),
    );
  expect(wide(CRASHED_WRITE)).toBeLessThanOrEqual(100);
});

test('several keys are named; steps are counted', () => {
  const two = CRASHED_WRITE.slice(1, 8).map((event, at) => ({ ...event, at }));
  const other = two.map((event) => ('key' in event ? { ...event, key: 'k1' } : event));
  const text = drawText([...two, ...other.map((event, i) => ({ ...event, at: 7 + i }))], {
    clock: 'steps',
  });
  expect(text).toContain('c0 k0 write 7');
  expect(text).toContain('k1 W 1.0=7');
  expect(text.split('\n')[0]).toMatch(/^ +step +clients/);
});

test('what is too long loses messages about no key, then its middle', () => {
  const heartbeats = Array.from({ length: 300 }, (_, i): TraceEvent[] => [
    { at: i * 10, node: 'n2', type: 'send', id: `x${i}`, to: 'n3', kind: 'HB', text: `${i}` },
    {
      at: i * 10 + 1,
      node: 'n3',
      type: 'receive',
      id: `x${i}`,
      from: 'n2',
      kind: 'HB',
      text: `${i}`,
    },
  ]).flat();
  const all = [...CRASHED_WRITE, ...heartbeats].toSorted((a, b) => a.at - b.at);
  expect(drawText(all)).toContain('left out: messages about no key (301 HB)');
  expect(drawText(all)).not.toContain('rows left out');
  const cut = drawText(all, { keyless: true, rows: 60 });
  expect(cut).toContain('rows left out');
  expect(cut.split('\n').length).toBeLessThan(66);
  const short = drawText(CRASHED_WRITE, { rows: 12 });
  expect(short).toMatch(/⋮ +11 rows left out +⋮/);
  // It crashed in between.
  expect(short).toMatch(/2\.600 {20,}◷ timer replay k0/);
});

test('a window shows what happened in it', () => {
  const text = drawText(CRASHED_WRITE, { from: 100, to: 140 });
  expect(text).toContain('INV 1.0');
  expect(text).not.toContain('write 7');
  expect(text).not.toContain('crash');
});
