/** What `hermes explore` does once its flags are read: explore, show, write. */
import { writeFileSync } from 'node:fs';
import { dotOf } from '../../explore/dot.ts';
import { type ExploreOptions, type Explored, explore } from '../../explore/explore.ts';
import type { Model } from '../../explore/model.ts';
import type { Search } from '../../explore/search.ts';
import { Space } from '../../explore/space.ts';
import { listenToSignals } from '../fuzz/signals.ts';
import { pathOf, walkByHand } from './walk-by-hand.ts';

export interface ExploreSession {
  /** What people are shown at the end and meanwhile, and what programs are. */
  readonly text: (explored: Explored) => string;
  readonly progress: (search: Search, seconds: number) => string;
  readonly document: (explored: Explored) => object;
  /** The command line. */
  readonly again: string;
  readonly explore: ExploreOptions;
  /** Walk by hand, these steps first; undefined: explore. */
  readonly step: string | undefined;
  /** File for the graph of states. */
  readonly dot: string | undefined;
  readonly quiet: boolean;
  readonly print: (line: string) => void;
  readonly note: (line: string) => void;
}

export interface ExploreEnd {
  readonly valid: boolean | 'unknown';
  readonly document: object;
}

/** Explores, or walks by hand. The first Ctrl-C ends it with what was seen. */
export async function exploreSession(model: Model, session: ExploreSession): Promise<ExploreEnd> {
  if (session.step !== undefined) return walk(model, session, session.step);
  const { print, note, quiet } = session;
  const signals = listenToSignals(() => undefined);
  const explored = await explore(model, {
    ...session.explore,
    signal: AbortSignal.any([signals.interrupt, signals.abort]),
    onProgress: (search, seconds) => note(session.progress(search, seconds)),
  }).finally(signals.release);
  if (!quiet) print(session.text(explored));
  if (session.dot !== undefined) writeFileSync(session.dot, dotOf(explored.search));
  return { valid: explored.valid, document: session.document(explored) };
}

async function walk(model: Model, session: ExploreSession, path: string): Promise<ExploreEnd> {
  const again = session.again.replace(/ --step\b/, '').replace(/ --path[ =]\S+/, '');
  const { print, quiet } = session;
  const by = await walkByHand(new Space(model), {
    path: pathOf(path),
    again,
    print: quiet ? () => undefined : print,
    ask: (prompt) => process.stderr.write(prompt),
    input: quiet ? Object.assign(process.stdin, { isTTY: false }) : process.stdin,
  });
  const violation = by.violation();
  const document = { path: by.path, state: by.state(), steps: by.steps(), violation };
  return { valid: violation === undefined, document };
}
