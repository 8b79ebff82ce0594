/** `hermes replica`: one replica in the foreground, as by hand in three terminals. */
import { REPLICA_FLAGS, type ReplicaFlag } from '../src/node/replica-flags.ts';
import { HermesCommand } from '../src/tui/hermes-command.ts';
import { Flags, type Interfaces } from '../src/tui/oclif.ts';

export default class ReplicaCommand extends HermesCommand {
  static override summary = 'run one replica in the foreground';
  static override description =
    'One process, one replica: clients speak RESP to it (redis-cli works), its log is JSON lines on stderr, Ctrl-C stops it. A cluster by hand, step by step: docs/replica.md.';
  static override examples = [
    '<%= config.bin %> replica --id 1 --peers 2=127.0.0.1:7502,3=127.0.0.1:7503 --data ./n1 --bootstrap',
    '<%= config.bin %> replica --config n1.json -v',
  ];
  static override flags: Record<string, Interfaces.Flag<unknown>> = Object.fromEntries(
    REPLICA_FLAGS.map((flag) => [flag.name, flagOf(flag)]),
  );

  async run(): Promise<object> {
    await this.parse(ReplicaCommand);
    const { runReplica } = await import('../src/node/main.ts');
    return runReplica(this.argv.filter((arg) => arg !== '--json'));
  }
}

function flagOf({ name, type, about, value, char }: ReplicaFlag): Interfaces.Flag<unknown> {
  const flag =
    type === 'text'
      ? Flags.string({ name, summary: about, helpValue: value ?? 'TEXT' })
      : Flags.boolean({ name, summary: about, ...(char === undefined ? {} : { char }) });
  return flag as Interfaces.Flag<unknown>;
}
