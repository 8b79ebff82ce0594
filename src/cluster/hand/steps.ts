/**
 * Setting something up, shown on stderr: on a terminal one line with a spinner that names the present
 * step and goes away at the end, otherwise a plain line for each step.
 */
import { DefaultRenderer, Listr, ListrLogger, ProcessOutput } from 'listr2';

/** Runs `work`, which says when each of its steps begins. */
export async function showSteps<T>(
  title: string,
  work: (onPhase: (phase: string) => void) => Promise<T>,
): Promise<T> {
  if (!process.stderr.isTTY || process.env['TERM'] === 'dumb')
    return work((phase) => process.stderr.write(`${title}: ${phase}\n`));
  const { stderr } = process;
  const list = new Listr<{ result?: T }, typeof DefaultRenderer>(
    {
      title,
      task: async (context, task) => {
        context.result = await work((phase) => (task.title = `${title}: ${phase}`));
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
