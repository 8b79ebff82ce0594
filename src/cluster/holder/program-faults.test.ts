import { describe, expect, test } from 'vitest';
import type { NodeName } from '../../base/operation.ts';
import type { Fault } from '../../faults/fault.ts';
import type { NodeInfo, Target } from '../../system/system.ts';
import { ProgramFaults } from './program-faults.ts';

const info = (name: NodeName): NodeInfo => ({
  name,
  run: 'r',
  host: '',
  port: 0,
  listen: { host: '', port: 0, peerPort: 0 },
  dataDir: '',
  peers: [],
});

const fault = (id: number, kind: 'clock' | 'disk', nodes: readonly NodeName[]): Fault => ({
  id,
  kind,
  shape: kind === 'clock' ? 'bump' : 'full',
  atNs: 0,
  forNs: 0,
  nodes,
  links: [],
  params: {},
});

/** Two nodes with fault points; those in `down` do not run, those in `deaf` do not answer. */
function lab() {
  const down = new Set<NodeName>();
  const deaf = new Set<NodeName>();
  const kept = new Set<NodeName>();
  const log: string[] = [];
  const said =
    (word: string, counters: Record<string, number>) => async (node: NodeInfo, on: Fault) => {
      if (down.has(node.name) || deaf.has(node.name))
        throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
      log.push(`${word} ${on.id} ${node.name}`);
      return counters;
    };
  const faults = {
    apply: said('apply', { clockMovedUs: 400 }),
    undo: said('undo', { clockMovedUs: 700 }),
  };
  let target = { name: 'mine', faults } as unknown as Target;
  const program = new ProgramFaults({
    target: async () => target,
    infos: () => [info('n1'), info('n2')],
    down: async (node) => down.has(node),
    keptDown: (node) => kept.has(node),
    restart: async (node) => {
      log.push(`start ${node}`);
      return down.delete(node);
    },
    signal: new AbortController().signal,
  });
  const bare = (): void => {
    target = { name: 'mine' } as unknown as Target;
  };
  return { program, down, deaf, kept, log, bare };
}

const until = async (is: () => boolean): Promise<void> => {
  while (!is()) {
    // eslint-disable-next-line no-await-in-loop
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

describe('a fault inside programs', () => {
  test('is applied to each, measured, and undone; the farthest a clock went counts', async () => {
    const { program, log } = lab();
    const on = await program.inject(fault(1, 'clock', ['n1', 'n2']));
    expect(on).toMatchObject({ bitten: true, counters: { clockMovedUs: 400 } });
    const off = await program.undo(1);
    expect(off).toMatchObject({ bitten: true, counters: { clockMovedUs: 700 } });
    expect(log.sort()).toEqual(['apply 1 n1', 'apply 1 n2', 'undo 1 n1', 'undo 1 n2']);
    await expect(program.undo(1)).rejects.toThrow('no fault 1 is on');
  });

  test('strikes a node that is down or starting as soon as it answers', async () => {
    const { program, down, deaf, log } = lab();
    down.add('n1');
    deaf.add('n2');
    await program.inject(fault(1, 'clock', ['n1', 'n2']));
    expect(log).toEqual([]);
    deaf.clear();
    await until(() => log.includes('apply 1 n2'));
    down.clear();
    await program.restarted('n1');
    expect(log).toContain('apply 1 n1');
    await program.undo(1);
  });

  test('whose connection breaks while the node dies is applied when it is back', async () => {
    const { program, deaf, log } = lab();
    deaf.add('n1');
    const [report] = await Promise.all([
      program.inject(fault(1, 'disk', ['n1'])),
      program.restarted('n1'),
      Promise.resolve().then(() => deaf.clear()),
    ]);
    expect(report.error).toBeUndefined();
    await until(() => log.includes('apply 1 n1'));
    await program.undo(1);
  });

  test('that is undone leaves another one of its kind on', async () => {
    const { program, log } = lab();
    await program.inject(fault(1, 'clock', ['n1']));
    await program.inject(fault(2, 'clock', ['n1']));
    await program.undo(1);
    expect(log).toEqual(['apply 1 n1', 'apply 2 n1', 'undo 1 n1', 'apply 2 n1']);
  });

  test('is an error where the target has no way in', async () => {
    const { program, bare } = lab();
    bare();
    expect(await program.inject(fault(1, 'disk', ['n1']))).toMatchObject({
      bitten: false,
      error: 'the program of mine has no fault points',
    });
  });
});

describe('a node that ended because its disk failed', () => {
  test('has felt the fault, and is started again at its end', async () => {
    const { program, down, log } = lab();
    await program.inject(fault(1, 'disk', ['n1']));
    down.add('n1');
    program.exited('n1');
    const report = await program.undo(1);
    expect(report).toMatchObject({ bitten: true, counters: { died: 1, restarted: 1 } });
    expect(log.at(-1)).toBe('start n1');
  });

  test('stays down while another fault keeps it down', async () => {
    const { program, down, kept, log } = lab();
    await program.inject(fault(1, 'disk', ['n1']));
    down.add('n1');
    kept.add('n1');
    program.exited('n1');
    expect((await program.undo(1)).counters).toMatchObject({ died: 1 });
    expect(log).not.toContain('start n1');
  });

  test('is no such node when somebody else took it down', async () => {
    const { program, down, log } = lab();
    await program.inject(fault(1, 'disk', ['n1']));
    down.add('n1');
    expect((await program.undo(1)).counters['died']).toBeUndefined();
    expect(log).not.toContain('start n1');
  });
});

test('a node that is started again when its fault ends does not get the fault once more', async () => {
  const down = new Set<NodeName>();
  const log: string[] = [];
  const did = (word: string) => async (): Promise<Record<string, number>> => {
    log.push(word);
    return {};
  };
  const target = {
    name: 'mine',
    faults: { apply: did('apply'), undo: did('undo') },
  } as unknown as Target;
  const program: ProgramFaults = new ProgramFaults({
    target: async () => target,
    infos: () => [info('n1')],
    down: async (node) => down.has(node),
    keptDown: () => false,
    // As a ground does: it tells of the start before it returns.
    restart: async (node) => {
      down.delete(node);
      await program.restarted(node);
      return true;
    },
    signal: new AbortController().signal,
  });
  await program.inject(fault(1, 'disk', ['n1']));
  down.add('n1');
  program.exited('n1');
  expect(await program.undo(1)).toMatchObject({ counters: { died: 1, restarted: 1 } });
  expect(log).toEqual(['apply']);
});
