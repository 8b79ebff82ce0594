import { expect, test } from 'vitest';
import { chosenNodes, effectText, wishedFault } from './by-hand.ts';

const NODES = ['n1', 'n2', 'n3'];
const wish = (
  text: string,
  more: Partial<Parameters<typeof wishedFault>[0]> = {},
  nodes: readonly string[] = NODES,
) => wishedFault({ text, nodes: [], params: {}, seed: 1, ...more }, nodes);

test('nodes are names of the cluster, each once', () => {
  expect(chosenNodes(['n2,n1', 'n2'], NODES)).toEqual(['n2', 'n1']);
  expect(() => chosenNodes(['n4'], NODES)).toThrow('no node n4');
});

test('what a wish leaves open is drawn from the seed alone', () => {
  expect(wish('messages')).toEqual(wish('messages'));
  expect(wish('partition:halves')).toMatchObject({ id: 0, kind: 'partition', shape: 'halves' });
  expect(wish('pause').nodes).not.toHaveLength(0);
});

test('what a wish names is taken', () => {
  const fault = wish('messages:lose', { nodes: ['n2'], params: { percent: 7 } });
  expect(fault).toMatchObject({ kind: 'messages', shape: 'lose', params: { percent: 7 } });
  expect(fault.links).toEqual([
    ['n1', 'n2'],
    ['n2', 'n1'],
    ['n2', 'n3'],
    ['n3', 'n2'],
  ]);
  expect(wish('pause:one', { nodes: ['n3', 'n1'] })).toMatchObject({ nodes: ['n3', 'n1'] });
});

test.each([
  ['meteor', /does not know "meteor"/],
  ['partition:sideways', /no shape "sideways"/],
  ['pause,kill', /one kind/],
  ['none', /one kind/],
  ['all', /one kind/],
  ['kill:minority', /cannot be done to 2 nodes/],
])('the wish %s is refused', (text, message) => {
  const nodes = text.includes('minority') ? NODES.slice(0, 2) : NODES;
  expect(() => wish(text, {}, nodes)).toThrow(message);
});

test('an effect is told in words', () => {
  const counters = { framesLost: 1200, connectionsRefused: 0, stopped: 2 };
  expect(effectText({ counters })).toBe('1,200 frames lost, 2 stopped');
  expect(effectText({ counters: {} })).toBe('nothing was struck by it');
  const views = { epochBefore: 4, left: 1, returned: 0, epochAfter: 5 };
  expect(effectText({ counters: views })).toBe('1 left, epoch 4 → 5');
});
