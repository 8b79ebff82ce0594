/** Look of the pages: one column, colours of the drawings, light and dark, on paper without controls. */
import { DARK_COLORS, LIGHT_COLORS, STYLE } from '../figure/style.ts';

/** The text of a `<style>` element. */
export const PAGE_STYLE = [
  `:root{color-scheme:light dark;${LIGHT_COLORS};--good:#2b7a3a;--bad:#c92a4b;--doubt:#946200;--panel:#f5f6f8}`,
  `@media (prefers-color-scheme:dark){:root{${DARK_COLORS};--good:#7fd492;--bad:#ff8fa3;--doubt:#ffc857;--panel:#1c2027}}`,
  STYLE,
  'body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}',
  'main{max-width:1080px;margin:0 auto;padding:24px 20px 60px}',
  'h1{font-size:24px;line-height:1.3;margin:0 0 4px}h2{font-size:18px;margin:36px 0 8px}h3{font-size:15px;margin:24px 0 6px}',
  'p{margin:6px 0;max-width:75ch}p,h1,dd,pre{overflow-wrap:anywhere}td{max-width:32em;overflow-wrap:break-word}.soft,dt,caption,figcaption{color:var(--soft)}.soft{font-size:13px}',
  '.good{color:var(--good)}.bad{color:var(--bad)}.doubt{color:var(--doubt)}',
  'pre,code{font:13px/1.45 ui-monospace,"DejaVu Sans Mono",Consolas,monospace}',
  'pre{background:var(--panel);padding:8px 12px;margin:6px 0;border-radius:4px;white-space:pre-wrap}',
  'dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:12px 0}dd{margin:0}',
  '.wide{overflow-x:auto}table{border-collapse:collapse;font-size:13.5px;font-variant-numeric:tabular-nums}',
  'th,td{text-align:left;vertical-align:top;padding:3px 14px 3px 0;border-bottom:1px solid var(--grid)}th{color:var(--soft);font-weight:500;white-space:nowrap}',
  'td.n,th.n{text-align:right;white-space:nowrap}caption{text-align:left;font-size:13px;padding:2px 0}',
  'figure{margin:8px 0}figcaption{font-size:13px}figure svg{display:block;width:100%;height:auto;min-width:720px}',
  '.axis{touch-action:pan-y;cursor:crosshair}svg:focus-visible,g:focus-visible{outline:2px solid var(--line);outline-offset:2px}',
  '.dots{fill:none;stroke-width:2;stroke-linecap:round;vector-effect:non-scaling-stroke}',
  '.dots.ok{stroke:var(--line);opacity:.5}.dots.mismatch{stroke:var(--messages);opacity:.6}.dots.fail{stroke:var(--pause)}.dots.info{stroke:var(--partition)}',
  '.quantile{fill:none;stroke:var(--text);stroke-width:1.2;vector-effect:non-scaling-stroke}.upper{stroke-dasharray:4 2}.line{vector-effect:non-scaling-stroke}',
  '.lease{fill:var(--messages)}.joined{stroke:var(--soft);stroke-width:1}.own{font-size:8.5px;fill:var(--soft);paint-order:stroke;stroke:var(--page);stroke-width:2px}',
  '.op rect{fill:var(--area);stroke:var(--line);stroke-width:1.2}.op.near rect{fill:var(--out);stroke:var(--view);stroke-width:.8}.op.near text{fill:var(--soft)}',
  '.op.open rect,.op.optional rect{stroke-dasharray:3 2}.op.related rect{fill:var(--pause)}.op.marked rect{fill:var(--partition);stroke:var(--text);stroke-width:2}.op.marked text{font-weight:600;fill:var(--bad)}',
  '.op{cursor:default}.op:hover rect,.op:focus rect{stroke-width:2.4}',
  '.tools{display:none;gap:6px;align-items:center;margin:4px 0}.scripted .tools{display:flex;flex-wrap:wrap}button{font:inherit;font-size:13px;padding:1px 10px;color:inherit;background:var(--panel);border:1px solid var(--view);border-radius:4px;cursor:pointer}',
  '.detail{min-height:1.5em;font-size:13px}.key{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:13px;padding:0;margin:4px 0;list-style:none}.key svg{width:26px;height:12px;min-width:0;display:inline-block;vertical-align:-1px;margin-right:4px}',
  '.brush{fill:var(--line);opacity:.2}details summary{cursor:pointer;margin:6px 0}',
  '@media print{:root{color-scheme:light}.tools,.detail{display:none!important}main{max-width:none;padding:0}figure,tr{break-inside:avoid}figure svg{min-width:0}.wide{overflow:visible}details:not([open])>*{display:block}}',
].join('\n');
