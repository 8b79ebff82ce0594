/** Colours and type of the drawings, for light and dark pages. Kinds of faults are named beside their colour. */

const KINDS: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  partition: ['#c92a4b', '#ff8fa3'],
  pause: ['#b97a00', '#ffc857'],
  kill: ['#1f2430', '#f1f3f5'],
  disconnect: ['#7b4fa3', '#c8a2ec'],
  loss: ['#b5500d', '#ffa566'],
  link: ['#00707f', '#5fd0de'],
  messages: ['#2b7a3a', '#7fd492'],
  clock: ['#5548b0', '#aaa0ff'],
  disk: ['#9c3f74', '#f29bc8'],
  member: ['#2f57d6', '#90aaff'],
  other: ['#666666', '#bbbbbb'],
};

/** Colours of the edges between transactions, by those of the faults. */
const EDGES: Readonly<Record<string, string>> = {
  ww: 'partition',
  wr: 'member',
  rw: 'loss',
  process: 'soft',
  realtime: 'soft',
  version: 'disconnect',
};

const LIGHT = {
  page: '#ffffff',
  text: '#1f2430',
  soft: '#5c6370',
  grid: '#e6e8ec',
  line: '#1864ab',
  area: '#a5c8ea',
  out: '#d9dce2',
  view: '#868e96',
};

const DARK = {
  page: '#14171c',
  text: '#e9ecef',
  soft: '#a3abb8',
  grid: '#2a2f38',
  line: '#74b7f2',
  area: '#29527a',
  out: '#3a404b',
  view: '#8a93a0',
};

function variables(colors: Readonly<Record<string, string>>, dark: 0 | 1): string {
  const own = Object.entries(colors).map(([name, value]) => `--${name}:${value}`);
  const kinds = Object.entries(KINDS).map(([kind, pair]) => `--${kind}:${pair[dark]}`);
  return [...own, ...kinds].join(';');
}

/** Colours as CSS variables, for pages that hold drawings. */
export const LIGHT_COLORS = variables(LIGHT, 0);
export const DARK_COLORS = variables(DARK, 1);

/** The text of a `<style>` element. */
export const STYLE = [
  `svg{${LIGHT_COLORS};font-family:system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}`,
  `@media (prefers-color-scheme:dark){svg{${DARK_COLORS}}}`,
  'text{fill:var(--text);font-size:11px}',
  // Names stand on whatever lines run behind them.
  '.name,.label,.epoch{paint-order:stroke;stroke:var(--page);stroke-width:3px;stroke-linejoin:round}',
  '.head{font-size:16px;font-weight:600}.sub{font-size:12px;fill:var(--soft)}',
  '.tick,.label,.epoch,.state{fill:var(--soft)}.state{font-style:italic}',
  '.page{fill:var(--page)}.grid{stroke:var(--grid);stroke-width:1}.axis{stroke:var(--view);stroke-width:.5}',
  '.area{fill:var(--area);opacity:.75}.line{fill:none;stroke:var(--line);stroke-width:1.4}.thin{stroke-width:1}',
  '.out{fill:var(--out)}.view{stroke:var(--view);stroke-width:1;stroke-dasharray:3 3}',
  '.band{opacity:.12}.missed{opacity:.4}',
  // Transactions and what leads from one to another; the kind is written beside the colour.
  '.lane{fill:var(--out);opacity:.28}.txn rect{fill:var(--page);stroke:var(--line);stroke-width:1.4}.txn.fail rect{stroke:var(--partition);stroke-dasharray:2 3}.txn.info rect{stroke-dasharray:6 3}',
  '.who{font-weight:600;font-size:12.5px}.when{fill:var(--soft);font-size:11px}.micro{font-family:ui-monospace,"DejaVu Sans Mono",Consolas,monospace}',
  ...Object.entries(EDGES).map(
    ([kind, color]) =>
      `.edge.${kind} path{stroke:var(--${color})}.edge.${kind} polygon,.kind.${kind}{fill:var(--${color})}`,
  ),
  '.edge path{fill:none;stroke-width:1.7}.edge.process path,.edge.realtime path{stroke-dasharray:5 3}.edge:hover path{stroke-width:3}',
  '.kind{font-size:12px;font-weight:600}',
  ...Object.keys(KINDS).map((kind) => `.${kind}{fill:var(--${kind})}`),
].join('\n');
