/** Drawings of anomalies that random stores show. */
import { expect, test } from 'vitest';
import { random } from '../../base/random.ts';
import { judgeTransactions } from '../../checkers/elle/judge-transactions.ts';
import { LEVELS, type Level, runStore } from '../../checkers/elle/store.case.ts';
import type { Anomaly } from '../../checkers/verdict.ts';
import { TXN_KINDS, type TxnKind } from '../../history/packed/txns.ts';
import { cycleText } from '../cycle-text.ts';
import { cycleFigure, cycleFile } from './cycle-figure.ts';
import { layOut } from './cycle-layout.ts';
import { shownCycle } from './shown-cycle.ts';

function anomalies(cases: number): Anomaly[] {
  return Array.from({ length: cases }, (_, i) => {
    const r = random(`drawn/${i}`);
    const kind = TXN_KINDS[i % 2] as TxnKind;
    const level = LEVELS[r.below(LEVELS.length)] as Level;
    const shape = { clients: 4, keys: 2, microsMax: 4, crashed: 10, aborted: 10 };
    const events = runStore(r, { kind, level, txns: 30, ...shape });
    const history = { header: { hermes: 1 as const }, events, nemesis: [] };
    const verdict = judgeTransactions(history, {
      keyAssumptions: i % 4 === 1 ? ['linearizable-keys'] : [],
    });
    return verdict.valid === false ? verdict.anomalies : [];
  }).flat();
}

const DRAWN = anomalies(60);

test('every kind of anomaly is among them', () => {
  const types = new Set(DRAWN.map(({ type }) => type));
  for (const type of ['G0', 'G1a', 'G1c', 'G-single-item', 'lost-update', 'cyclic-versions'])
    expect(types, type).toContain(type);
});

test('no two boxes of a drawing cover each other, and all lies inside it', () => {
  for (const anomaly of DRAWN) {
    const shown = shownCycle(anomaly);
    if (shown === undefined) throw new Error(`${anomaly.type} is not drawn`);
    const { boxes, width, height, arrows } = layOut(shown);
    for (const [i, a] of boxes.entries()) {
      expect(a.x >= 0 && a.x + a.width <= width && a.y >= 0 && a.y + a.height <= height).toBe(true);
      for (const b of boxes.slice(i + 1))
        if (a.y === b.y) expect(a.x + a.width < b.x || b.x + b.width < a.x).toBe(true);
    }
    for (const { at, labelWidth, path } of arrows) {
      expect(path).not.toContain('NaN');
      expect(at[0] - labelWidth / 2).toBeGreaterThan(0);
      expect(at[0] + labelWidth / 2).toBeLessThan(width);
    }
  }
});

test('a cycle is closed: each of its transactions has an arrow in and one out', () => {
  for (const anomaly of DRAWN) {
    if (anomaly.detail?.['cycle'] === undefined) continue;
    const { boxes, arrows } = shownCycle(anomaly) ?? { boxes: [], arrows: [] };
    for (const i of boxes.keys()) {
      expect(arrows.some(({ from }) => from === i)).toBe(true);
      expect(arrows.some(({ to }) => to === i)).toBe(true);
    }
    const drawn = cycleFigure(anomaly) ?? '';
    expect(drawn.split('class="txn ')).toHaveLength(boxes.length + 1);
    expect(drawn.split('<polygon')).toHaveLength(arrows.length + 1);
    for (const { label } of arrows) expect(drawn).toContain(`>${label}</text>`);
  }
});

test('a file by itself is well-formed, whatever keys and values are called', () => {
  const [first] = DRAWN.filter(({ detail }) => detail?.['cycle'] !== undefined);
  const steps = first?.detail?.['cycle'] as readonly object[];
  const odd = {
    ...(first as Anomaly),
    key: '<script>"&',
    detail: { ...first?.detail, cycle: steps.map((step) => ({ ...step, key: '<b a="' })) },
  };
  const text = cycleFile(odd) ?? '';
  expect(text).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
  expect(text).not.toContain('<script');
  expect(text).not.toContain('<b a');
});

test('with letters a drawing fits a terminal, and names every edge', () => {
  for (const anomaly of DRAWN) {
    const lines = cycleText(anomaly);
    const { arrows } = shownCycle(anomaly) ?? { arrows: [] };
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    for (const { label } of arrows) expect(lines.join('\n')).toContain(label);
  }
});

test('what is no anomaly of transactions is not drawn', () => {
  const other = { type: 'nonlinearizable', key: 1, why: 'no order', operations: [1, 2] };
  expect(cycleFigure(other)).toBeUndefined();
  expect(cycleText(other)).toEqual([]);
});
