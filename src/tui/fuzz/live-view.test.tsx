import { render } from 'ink-testing-library';
import { expect, test } from 'vitest';
import { Live, type LiveState } from './live-view.tsx';
import { PLAN, progress } from './progress.case.ts';
import { Rates } from './rates.ts';

function frameOf(state: Partial<LiveState>): string {
  const whole: LiveState = {
    plan: PLAN,
    steps: [],
    look: undefined,
    checking: false,
    rates: new Rates(),
    ...state,
  };
  const { lastFrame, unmount } = render(<Live state={whole} />);
  const frame = lastFrame() ?? '';
  unmount();
  return frame;
}

test('before the plan is known nothing is drawn', () => {
  expect(frameOf({ plan: undefined })).toBe('');
});

test('a line per node, with what is being done to it', () => {
  const frame = frameOf({ look: progress });
  expect(frame).toMatch(/n1 +serving +epoch 3 +lease 340 ms/);
  expect(frame).toMatch(/n3 +cut /);
  expect(frame).toMatch(/operations {2}600 of 2,000 {2}█{6}░{14} {2}30 %/);
  expect(frame).toMatch(/ok 540 {3}mismatch 0 {3}fail 60 {3}info 0/);
  expect(frame).toMatch(/read +p50 0\.21 ms/);
  expect(frame).toMatch(/faults +partition one \{n1 n2 \| n3\} 1\.5 s left · 1 of 2 done/);
});

test('a node that was killed, one that copies, one without a lease', () => {
  const looked = progress();
  const [, cut] = looked.faults;
  if (cut === undefined) throw new Error('there is no fault to copy');
  const killed = {
    ...cut,
    fault: { ...cut.fault, kind: 'kill' as const, links: [] },
    nodes: ['n1', 'n2'],
    links: [],
  };
  const status = new Map([
    ['n1', undefined],
    ['n2', { state: 'joining', epoch: 4, leaseLeftUs: 0, transfer: { keys: 61, of: 100 } }],
    ['n3', { state: 'no-lease', epoch: 4, leaseLeftUs: -5 }],
  ]) as unknown as ReturnType<typeof progress>['status'];
  const on = frameOf({ look: () => ({ ...looked, status, faults: [killed] }) });
  expect(on).toMatch(/n1 +killed +epoch –/);
  expect(on).toMatch(/n2 +killed +epoch 4 +lease –/);
  expect(on).toMatch(/n3 +no-lease +epoch 4 +lease –/);
  const ending = { ...killed, endNs: 1.4e9 };
  const back = frameOf({ look: () => ({ ...looked, status, faults: [ending] }) });
  expect(back).toMatch(/n1 +silent/);
  expect(back).toMatch(/n2 +joining 61 %/);
});

test('no line is wider than 80 columns', () => {
  const frame = frameOf({ look: progress, checking: true });
  for (const line of frame.split('\n').slice(2)) expect(line.length).toBeLessThanOrEqual(80);
});

test('rates are counted over half a second at least, with a bar each', () => {
  const rates = new Rates();
  const at = (timeNs: number, n: number) => ({
    timeNs,
    tally: { okByNode: new Map([['n1', n]]) },
    status: new Map([['n1', undefined]]),
  });
  rates.look(at(1e9, 100) as never);
  rates.look(at(1.2e9, 1000) as never);
  expect(rates.of('n1')).toBe(100);
  rates.look(at(2e9, 500) as never);
  expect(rates.of('n1')).toBe(400);
  expect(rates.spark('n1')).toBe('▃█');
});
