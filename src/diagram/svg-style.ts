/** Colours and type of the drawn diagrams, for light and dark pages. Whatever a colour says stands beside it in words. */

const LIGHT =
  '--page:#ffffff;--text:#1f2430;--soft:#5c6370;--life:#adb5bd;--message:#1864ab;--client:#5c6370;--bad:#c92a2a;--valid:#d3f0d8;--busy:#ffe3b3;--view:#d9dcf7;--box:#eceef1;--wrong:#ffd6d6';
const DARK =
  '--page:#14171c;--text:#e9ecef;--soft:#a3abb8;--life:#4a515c;--message:#74b7f2;--client:#a3abb8;--bad:#ff8787;--valid:#1f4a2b;--busy:#5a4310;--view:#343b73;--box:#2a2f38;--wrong:#6b2323';

/** The text of a `<style>` element. */
export const SVG_STYLE = [
  `svg{${LIGHT};font-family:ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace}`,
  `@media (prefers-color-scheme:dark){svg{${DARK}}}`,
  'text{fill:var(--text);font-size:11px}.page{fill:var(--page)}',
  '.title{font-size:15px;font-weight:600}.name{font-size:13px;font-weight:600;text-anchor:middle}',
  '.time,.gap,.note{fill:var(--soft)}.time{text-anchor:end}.note{font-size:12px}',
  // Words stand on whatever lines run behind them.
  '.label,.name,.gap{paint-order:stroke;stroke:var(--page);stroke-width:3px;stroke-linejoin:round}',
  '.life{stroke:var(--life);stroke-width:1.5}.life.down{stroke-dasharray:1 6}',
  '.arrow{stroke:var(--message);stroke-width:1.4}.arrow.request,.arrow.reply{stroke:var(--client)}.arrow.fail{stroke:var(--bad)}',
  '.arrow.open,.arrow.lost{stroke-dasharray:5 4}',
  '.head{fill:var(--message)}.head.request,.head.reply{fill:var(--client)}.head.fail{fill:var(--bad)}',
  '.cross{stroke:var(--bad);stroke-width:2;fill:none}',
  '.pill{fill:var(--box)}.pill.valid{fill:var(--valid)}.pill.busy{fill:var(--busy)}.pill.view,.pill.lease{fill:var(--view)}.pill.crash,.pill.fault,.pill.note{fill:var(--wrong)}',
].join('\n');
