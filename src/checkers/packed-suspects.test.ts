/** Some values of a register are a history by themselves: valid if the whole is, and mostly enough to show why it is not. */
import { expect, test } from 'vitest';
import { random } from '../base/random.ts';
import type { History, HistoryEvent } from '../history/event.ts';
import { packText } from '../history/packed/pack-text.ts';
import { checkHistory } from './check.ts';
import { checkPacked } from './check-packed.ts';
import { packedColumns } from './packed-columns.ts';
import { suspectRows } from './packed-suspects.ts';
import { randomEvents, registerFamily } from './random-history.case.ts';

const FAMILIES = [registerFamily(0), registerFamily(3)];

/** The operations with these event numbers. */
function some({ header, events }: History, wanted: ReadonlySet<number>): History {
  const open = new Set<HistoryEvent['process']>();
  const kept = events.filter((event) => {
    if (event.type !== 'invoke') return open.delete(event.process);
    if (wanted.has(event.index)) open.add(event.process);
    return wanted.has(event.index);
  });
  return { header, events: kept, nemesis: [] };
}

function pack({ header, events }: History) {
  const packed = packText([header, ...events].map((line) => `${JSON.stringify(line)}\n`).join(''));
  if (packed === undefined) throw new Error('not packed');
  return packed;
}

test.each(FAMILIES)('a valid $name stays valid in whatever values are left', (family) => {
  let looked = 0;
  for (let i = 0; i < 1500; i++) {
    const r = random(`suspects/${family.name}/${i}`);
    const header = { hermes: 1 as const, initial: family.initial };
    const history: History = {
      header,
      events: randomEvents(r, family, { operationsMax: 14, sound: true }),
      nemesis: [],
    };
    const packed = pack(history);
    const [key] = packedColumns(packed, family.initial, {}) ?? [];
    if (key === undefined || key.columns.n === 0 || checkHistory(history).valid === false) continue;
    const rows = [0, 1].map(() => key.columns.row[r.below(key.columns.n)] as number);
    const suspects = suspectRows(key.columns, rows, 1000) ?? [];
    for (const row of rows) expect(suspects).toContain(row);
    if (suspects.length === packed.n) continue;
    looked++;
    const kept = some(history, new Set(suspects.map((row) => packed.event[row] as number)));
    expect(checkHistory(kept).valid).not.toBe(false);
  }
  expect(looked).toBeGreaterThan(200);
});

test.each(FAMILIES)('what a large invalid $name names is mostly invalid by itself', (family) => {
  const seen = { invalid: 0, shown: 0 };
  for (let i = 0; i < 1500; i++) {
    const r = random(`named/${family.name}/${i}`);
    const header = { hermes: 1 as const, initial: family.initial };
    const history: History = { header, events: randomEvents(r, family), nemesis: [] };
    const verdict = checkPacked(pack(history), { explainMax: 0 });
    if (verdict?.valid !== false) continue;
    seen.invalid++;
    const [anomaly] = verdict.anomalies;
    const wanted = new Set([...(anomaly?.operations ?? []), ...(anomaly?.optional ?? [])]);
    if (checkHistory(some(history, wanted)).valid === false) seen.shown++;
  }
  expect(seen.invalid).toBeGreaterThan(200);
  expect(seen.shown / seen.invalid).toBeGreaterThan(0.9);
});
