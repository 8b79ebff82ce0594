/**
 * Entry of a holder. Its first line of stdin is a `HolderConfig`; the end of stdin means that whoever
 * started it is gone, and it cleans up and ends, unless it was told to keep the cluster. One line on
 * stdout says that it listens, or why not.
 */
import { mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Holder } from './holder.ts';
import type { HolderConfig } from './holder-config.ts';

const lines = createInterface({ input: process.stdin });
lines.once('line', (line) => void begin(JSON.parse(line) as HolderConfig));
process.stdout.on('error', () => {});

async function begin(config: HolderConfig): Promise<void> {
  try {
    // Fails if the folder is there: two holders never share a name.
    mkdirSync(config.dir, { mode: 0o700 });
  } catch (error) {
    say({ error: (error as NodeJS.ErrnoException).code ?? String(error) });
    process.exit(1);
  }
  const holder = new Holder(config);
  const end = (code: number) => (): void =>
    void holder.stop().then(
      () => process.exit(code),
      // Thrown again, it would come back here without end.
      (error: Error) => {
        process.stderr.write(`${error.stack ?? error.message}\n`);
        process.exit(1);
      },
    );
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end(0));
  process.on('uncaughtException', (error) => {
    process.stderr.write(`${error.stack ?? error.message}\n`);
    end(1)();
  });
  lines.once('close', () => {
    if (!holder.kept) end(0)();
  });
  try {
    await holder.listen();
    say({ listening: true });
  } catch (error) {
    say({ error: String(error) });
    end(1)();
  }
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
