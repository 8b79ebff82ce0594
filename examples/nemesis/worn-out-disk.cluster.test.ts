import { expect, test } from 'vitest';
import { hermes, pathOf } from '../hermes.case.ts';

test('a schedule of somebody else: the disk was felt, its end was no crash, nothing is lost', async () => {
  const nemesis = pathOf('worn-out-disk.ts', import.meta.url);
  const { document } = await hermes([
    'fuzz',
    '--nemesis',
    nemesis,
    ...'--nodes 3 --ops 600 --seed 1'.split(' '),
  ]);
  expect(document).toMatchObject({ valid: true, anomalies: [] });
  expect(document.faults?.find(({ shape }) => shape === 'eio')).toMatchObject({
    bitten: true,
    counters: { died: 1, restarted: 1 },
  });
});
