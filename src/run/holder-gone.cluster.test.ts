/**
 * The process that holds a run's cluster together is killed in mid-run: no verdict comes out, at once,
 * and nothing of the cluster is left.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { listClusters } from '../cluster/holder/holder-client.ts';
import { eventually, ownStateFolder, processesOf } from '../cluster/lab.case.ts';
import { fuzzRun } from './fuzz-run.ts';
import { prepareWorld } from './world.ts';

const state = ownStateFolder();
const store = mkdtempSync(join(tmpdir(), 'hermes-store-'));
afterAll(() => {
  state.remove();
  rmSync(store, { recursive: true, force: true });
});

test('a run whose holder is killed is unknown, at once, and says why', async () => {
  const world = await prepareWorld({ runtime: 'process', nemesis: ['pause'], timeLimitS: 60 });
  const never = new AbortController().signal;
  let killedMs = 0;
  const kill = async (): Promise<void> => {
    const [cluster] = await listClusters();
    if (cluster === undefined) throw new Error('no cluster is running');
    process.kill(cluster.pid, 'SIGKILL');
    killedMs = performance.now();
  };
  const { verdict, results, folder, history } = await fuzzRun(
    world,
    1,
    {
      store,
      keep: 'never',
      allowMissingFaults: false,
      check: { timeLimitS: 60, memoryMb: undefined },
      interrupt: never,
      abort: never,
    },
    { onRunning: () => setTimeout(() => void kill(), 1500) },
  );
  expect(verdict).toMatchObject({
    valid: 'unknown',
    reason: 'holder-gone',
    why: expect.stringMatching(/^the holder of the cluster is gone \(SIGKILL\), \d/),
  });
  expect(results).toMatchObject({ valid: 'unknown', reason: 'holder-gone' });
  expect(killedMs).toBeGreaterThan(0);
  // Of 60 s that were asked for.
  expect(results.durationMs).toBeLessThan(30_000);
  expect(history.final ?? []).toEqual([]);
  expect(readFileSync(folder.events, 'utf8')).toContain('"type":"gone"');
  expect(await eventually(() => processesOf(state.root).length === 0, 20_000)).toBe(true);
  expect(await listClusters()).toEqual([]);
});
