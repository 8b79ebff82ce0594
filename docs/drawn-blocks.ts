/**
 * Blocks of a Markdown page that the program draws, between two comments:
 *
 *     <!-- drawn: trace G3 published -->                      a named trace, under these rules
 *     <!-- drawn: explore 2-w11-r10 M9 linearizable -->       the shortest way to what is wrong
 *     <!-- /drawn -->
 */
import { drawText } from '../src/diagram/draw-text.ts';
import { parseConfiguration } from '../src/explore/configurations.ts';
import { explore } from '../src/explore/explore.ts';
import { hermesModel } from '../src/explore/hermes-model.ts';
import { planBugs } from '../src/run/make-plan.ts';
import { reliableHermes } from '../src/protocols/hermes/reliable.ts';
import { type Rules, namedTrace } from '../src/run/named-trace.ts';

const BLOCK = /<!-- drawn: (.*?) -->\n[\s\S]*?<!-- \/drawn -->/g;

/** The page with its blocks drawn anew. */
export async function withDrawnBlocks(page: string): Promise<string> {
  const blocks = [...page.matchAll(BLOCK)].map(async ([whole, words = '']) => {
    const text = await drawn(words.split(' '));
    return [
      whole,
      `<!-- drawn: ${words} -->\n\n\`\`\`text\n${text}\n\`\`\`\n\n<!-- /drawn -->`,
    ] as const;
  });
  let result = page;
  for (const [before, after] of await Promise.all(blocks))
    result = result.replace(before, () => after);
  return result;
}

async function drawn([what, ...words]: readonly string[]): Promise<string> {
  if (what === 'trace') return tracePicture(words[0] as string, words[1] as Rules);
  if (what === 'explore') return explorePicture(words[0] as string, words[1] as string, words[2]);
  throw new TypeError(`nothing to draw: ${what}`);
}

async function tracePicture(name: string, rules: Rules): Promise<string> {
  const { events } = await namedTrace(name, { rules });
  return picture(`hermes replay ${name} --rules ${rules}`, drawText(events, { clock: 'steps' }));
}

async function explorePicture(name: string, zoo: string, invariant = ''): Promise<string> {
  const bounds = parseConfiguration(name);
  const [bug] = planBugs([zoo], reliableHermes);
  if (bounds === undefined || bug === undefined) throw new TypeError(`no configuration ${name}`);
  const options = { ...bounds.options, ...bug.options };
  const model = hermesModel({ ...bounds, options, bugs: [bug.name], invariants: [invariant] });
  const { counterexample } = await explore(model);
  if (counterexample === undefined) throw new Error(`${name} with ${zoo}: nothing is wrong`);
  const { events, violation, steps } = counterexample;
  const end = `${violation.name}: ${violation.message} (${steps.length} steps)`;
  const command = `hermes explore --config ${name} --bug ${zoo} --invariant ${invariant}`;
  return picture(command, `${drawText(events, { clock: 'steps' }).trimEnd()}\n\n${end}`);
}

function picture(command: string, text: string): string {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd());
  return [`$ ${command}`, ...lines].join('\n');
}
