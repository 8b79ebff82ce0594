import { expect, test } from 'vitest';
import { figureInput } from './run.case.ts';
import { throughputFigure } from './throughput-figure.ts';

const figure = throughputFigure(figureInput());

/** Names of elements in order of their begin tags; throws on a tag that does not fit. */
function elements(xml: string): string[] {
  const open: string[] = [];
  const names: string[] = [];
  for (const [, close, name = '', , empty] of xml.matchAll(
    /<(\/?)([a-z]+)((?: [\w:-]+="[^"<]*")*)(\/?)>/g,
  )) {
    if (close === '/') expect(open.pop()).toBe(name);
    else {
      names.push(name);
      if (empty !== '/') open.push(name);
    }
  }
  expect(open).toEqual([]);
  return names;
}

test('is well-formed, the same each time, and says in words what it shows', () => {
  expect(throughputFigure(figureInput())).toBe(figure);
  const names = elements(figure);
  expect(names[0]).toBe('svg');
  expect(figure.match(/</g)).toHaveLength(figure.match(/>/g)?.length ?? 0);
  expect(figure).toContain('hermes &lt;5 nodes&gt; &amp; &quot;more&quot; · seed 7');
  expect(figure).toContain('2 nodes, 3.00 s.');
  expect(figure).toContain('2 view changes. Faults: kill one {n2}.');
  expect(figure).toContain('prefers-color-scheme:dark');
  expect(figure).not.toMatch(/NaN|undefined|Infinity/);
});

test('shows the fault with its name, the views with their numbers, the outage of the node', () => {
  const [, x = '', width = ''] =
    /<rect class="bar kill" x="([\d.]+)" y="\d+" width="([\d.]+)"/.exec(figure) ?? [];
  const plot = 960 - 68 - 20;
  expect(Number(x)).toBeCloseTo(68 + plot / 3, 0);
  expect(Number(width)).toBeCloseTo((0.8 * plot) / 3, 0);
  expect(figure).toContain('>kill one {n2}</text>');
  expect([...figure.matchAll(/class="epoch"[^>]*>(\w+)</g)].map(([, text]) => text)).toEqual([
    'view',
    '2',
    '3',
  ]);
  expect(figure).toContain('<title>n2 silent</title>');
});

test('names of faults that come thick do not cover each other', () => {
  const input = figureInput();
  const { nemesis } = input.history;
  const many = Array.from({ length: 20 }, (_, i) =>
    nemesis.map((event) => ({
      ...event,
      time: event.time + i * 40e6,
      value: { ...event.value, id: i, endedNs: event.time + i * 40e6 },
    })),
  ).flat();
  const drawn = throughputFigure({ ...input, history: { ...input.history, nemesis: many } });
  const names = [...drawn.matchAll(/class="name" x="([\d.]+)" y="(\d+)"/g)].map(([, x, y]) => ({
    x: Number(x),
    y: Number(y),
  }));
  expect(names).toHaveLength(20);
  for (const a of names)
    for (const b of names)
      if (a !== b && a.y === b.y) expect(Math.abs(a.x - b.x)).toBeGreaterThan(13 * 5.9);
});

test('a run in which nothing happened is drawn as that', () => {
  const history = { header: { hermes: 1, nodes: ['n1'] } as const, events: [], nemesis: [] };
  const drawn = throughputFigure({ history, samples: [], subtitle: '' });
  elements(drawn);
  expect(drawn).toContain('No faults.');
  expect(drawn).not.toMatch(/NaN|undefined|Infinity/);
});
