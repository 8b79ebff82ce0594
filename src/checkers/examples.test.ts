/** The committed examples: each gives its verdict, and names its anomaly. */
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseHistory } from '../history/read.ts';
import { checkHistory } from './check.ts';

const folder = fileURLToPath(new URL('../../histories/examples/', import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));

describe('examples of histories', () => {
  test('there is a valid one, and one for each of at least three planted bugs', () => {
    expect(names).toContain('valid.jsonl');
    expect(names.length).toBeGreaterThan(3);
  });

  test.each(names)('%s', (name) => {
    const { history, notes } = parseHistory(readFileSync(join(folder, name), 'utf8'), name);
    expect(notes).toEqual([]);
    const bug = basename(name, '.jsonl');
    const verdict = checkHistory(history, { verify: true });
    if (bug === 'valid') {
      expect(verdict).toMatchObject({ valid: true, power: { planted: expect.any(Number) } });
      return;
    }
    expect(history.header['bug']).toBe(bug);
    if (verdict.valid !== false) throw new Error(`${name} is ${verdict.valid}`);
    const [anomaly] = verdict.anomalies;
    expect(['nonlinearizable', 'divergent']).toContain(anomaly?.type);
    if (anomaly?.type === 'nonlinearizable') {
      expect(anomaly.detail?.['confirmed'], anomaly.why).toBe(true);
      expect(anomaly.operations.length).toBeLessThan(12);
    }
  });
});
