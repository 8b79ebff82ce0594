/**
 * Setting something up, shown on stderr: on a terminal one line with a spinner that names the present
 * step and goes away at the end, otherwise a plain line for each step.
 */
import { DefaultRenderer, Listr, ListrLogger, ProcessOutput } from 'listr2';

/** Says when a step begins, and again whenever its detail, for the eye only, has changed. */
export type OnPhase = (phase: string, detail?: string) => void;

/** Without a terminal the detail of one step is told each so many ms. */
const DETAIL_MS = 2_000;

/** Runs `work`, which says when each of its steps begins. */
export async function showSteps<T>(
  title: string,
  work: (onPhase: OnPhase) => Promise<T>,
): Promise<T> {
  if (!process.stderr.isTTY || process.env['TERM'] === 'dumb') return work(plainSteps(title));
  const { stderr } = process;
  const list = new Listr<{ result?: T }, typeof DefaultRenderer>(
    {
      title,
      task: async (context, task) => {
        context.result = await work((phase, detail = '') => {
          task.title = lineOf(title, phase, detail);
        });
      },
    },
    {
      renderer: DefaultRenderer,
      registerSignalListeners: false,
      rendererOptions: {
        clearOutput: true,
        logger: new ListrLogger({ processOutput: new ProcessOutput(stderr, stderr) }),
      },
    },
  );
  return (await list.run({})).result as T;
}

/** A line for each step; for its detail one now and then. */
function plainSteps(title: string): OnPhase {
  let last: string | undefined;
  let toldMs = 0;
  return (phase, detail = '') => {
    const nowMs = performance.now();
    if (phase === last && (detail === '' || nowMs - toldMs < DETAIL_MS)) return;
    process.stderr.write(`${lineOf(title, phase, detail)}\n`);
    last = phase;
    toldMs = nowMs;
  };
}

function lineOf(title: string, phase: string, detail: string): string {
  return `${title}: ${phase}${detail === '' ? '' : `  ${detail}`}`;
}
