/** `hermes check HISTORY…`: judge saved histories. */
import type { ColumnMap } from '../src/history/formats/csv-events.ts';
import type { FileReport } from '../src/report/check-report.ts';
import { EXIT, endingOf, endingText } from '../src/tui/ending.ts';
import { HermesCommand } from '../src/tui/hermes-command.ts';
import { Args, Flags } from '../src/tui/oclif.ts';

export default class CheckCommand extends HermesCommand {
  static override aliases = ['analyze'];
  static override summary = 'judge recorded histories';
  static override description =
    "HISTORY is the folder of a run, a file in it, a history file (JSON lines, Jepsen's EDN, elle-cli's JSON, a log of Jepsen or Porcupine, a table, gzip of any), a seed, or nothing: the latest run. Ends with 0 when all are valid, 1 when one is invalid, 2 when one could not be judged. No code named by a history is loaded.";
  static override examples = [
    '<%= config.bin %> check histories/examples/valid.jsonl',
    '<%= config.bin %> check histories/examples/*.jsonl --verdict-only',
    '<%= config.bin %> check mine.jsonl --model counter --init 0',
    '<%= config.bin %> check jepsen/history.edn --model cas-register --init 0 --algorithm wgl',
    '<%= config.bin %> check mine.csv --map process=client,f=action,start=began,end=ended',
    '<%= config.bin %> check txns.edn --model list-append --consistency-models snapshot-isolation',
  ];
  static override args = {
    history: Args.string({ multiple: true, description: 'what to judge; default: the latest run' }),
  };
  static override flags = {
    model: Flags.string({
      description:
        'register, cas-register, counter, append-list, multi-register, mutex, set, queue, unordered-queue, stack, append-kv, or a file: ./mine.ts; of transactions list-append, rw-register',
    }),
    checker: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      description:
        'what to check: linearizable, elle (transactions), divergent, a property (set, set-full, counter, stats, …; docs/checkers.md lists them), or a file: ./mine.ts (default: what the history asks for, else what applies)',
    }),
    algorithm: Flags.option({
      options: ['auto', 'zones', 'frontier', 'wgl', 'linear', 'competition'] as const,
      default: 'auto',
      description:
        "how: per key the fastest that applies, only the linear ones, or only one of the searches; Knossos' linear stands for frontier, competition for auto",
    })(),
    'consistency-models': Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      description:
        'transactions: which models the history must not refute, by the names that Elle uses (default: strict-serializable)',
    }),
    'wfr-keys': Flags.boolean({
      description:
        'rw-register: what a transaction wrote to a key comes right after what it read of it (versions of each key by itself; so do the next two)',
    }),
    'sequential-keys': Flags.boolean({
      description: 'rw-register: each key by itself is sequential, process by process',
    }),
    'linearizable-keys': Flags.boolean({
      description: 'rw-register: each key by itself is linearizable',
    }),
    'log-pattern': Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      description: "a regular expression that no line of the nodes' logs may match",
    }),
    init: Flags.string({ description: 'initial value of every key (default: absent)' }),
    independent: Flags.option({
      options: ['auto', 'yes', 'no'] as const,
      description:
        'are the values [key value], as jepsen.independent makes them (default: by their shape, in histories of other tools)',
    })(),
    map: Flags.string({
      description:
        'columns of a table (CSV): process=client,f=op,… by name or number (default: by its first row)',
    }),
    'nil-read': Flags.option({
      options: ['any', 'unset'] as const,
      description:
        'a read of nil says nothing, or that the value was absent (default: unset; any in histories of other tools)',
    })(),
    'failed-cas': Flags.option({
      options: ['ignore', 'observed'] as const,
      default: 'ignore',
      description: 'a failed cas says nothing, or that the value was another one',
    })(),
    'time-limit': Flags.integer({ min: 1, default: 60, description: 'seconds for each history' }),
    steps: Flags.integer({
      min: 1,
      description: 'steps of a search per key (default: a million and 40 for each operation)',
    }),
    memory: Flags.string({ description: '512m, 8g (default: a quarter of the machine)' }),
    workers: Flags.integer({
      min: 1,
      description:
        'threads that judge several histories at a time, or keys of one where that pays (default: one for each core)',
    }),
    'verdict-only': Flags.boolean({
      description: 'one line for each history; large ones without witness and planted violations',
    }),
    page: Flags.boolean({
      allowNo: true,
      default: true,
      description:
        'write what is wrong with an invalid history beside it, as HTML (NAME.check.html); cycles of transactions as drawings too (NAME.cycles/)',
    }),
    verify: Flags.boolean({
      description: 'let brute force confirm every key that is small enough',
    }),
    store: Flags.string({ default: 'histories', description: 'folder of the recorded runs' }),
  };

  async run(): Promise<object> {
    const { args, flags, raw } = await this.parse(CheckCommand);
    const {
      algorithmNamed,
      checkerFiles,
      checkerNames,
      consistencyModels,
      initialValue,
      keyAssumptions,
      logPatterns,
      memoryMb,
    } = await import('../src/report/check-flags.ts');
    const { checkArguments, documents, isRead, reportText, shownPath, tally } =
      await import('../src/report/check-report.ts');
    const { wantsColor } = await import('../src/report/text.ts');
    const { verdictLine } = await import('../src/report/verdict-text.ts');
    const { model, verify, store, independent } = flags;
    const memory = memoryMb(flags.memory);
    const initial = initialValue(flags.init);
    const options = {
      store,
      model,
      independent,
      map: await mapOf(flags.map),
      verdictOnly: flags['verdict-only'],
      ownCheckers: checkerFiles(flags.checker),
      typed: this.typed(raw, ['json', 'page', 'store', 'verdict-only']),
      request: {
        checkers: checkerNames(flags.checker),
        algorithm: algorithmNamed(flags.algorithm),
        consistencyModels: consistencyModels(flags['consistency-models']),
        keyAssumptions: keyAssumptions(flags),
        logPatterns: logPatterns(flags['log-pattern']),
        verify,
        nilRead: flags['nil-read'],
        failedCas: flags['failed-cas'],
        limits: {
          bytes: (memory * 2 ** 20) / 2,
          ...(flags.steps !== undefined && { steps: flags.steps }),
        },
        ...(initial !== undefined && { initial }),
      },
      limits: { timeLimitS: flags['time-limit'], memoryMb: memory, workers: flags.workers },
    };
    const color = wantsColor(process.stdout, process.env);
    const wanted = args.history ?? [undefined];
    const reports = [];
    const drawn = flags.page && !flags['verdict-only'];
    for await (const found of checkArguments(wanted, options)) {
      if (!isRead(found)) {
        reports.push(found);
        process.stderr.write(endingText(endingOf(found.error), found.error, false));
        continue;
      }
      const { located, checked } = found;
      const report = drawn && checked.verdict.valid === false ? await withDrawings(found) : found;
      reports.push(report);
      const line = verdictLine(checked.verdict);
      const named = wanted.length > 1 ? `${line}   ${shownPath(located.history)}` : line;
      this.log(flags['verdict-only'] ? named : reportText(report, color));
      if (wanted.length > 1 && !flags['verdict-only']) this.log('');
    }
    if (wanted.length > 1 && !flags['verdict-only']) this.log(tally(reports));
    const document = documents(reports);
    this.exitWith(document.valid);
    if (!reports.every(isRead)) process.exitCode = EXIT.user;
    return document;
  }
}

/** Tables are rare. */
async function mapOf(text: string | undefined): Promise<ColumnMap | undefined> {
  if (text === undefined) return undefined;
  const { columnMap } = await import('../src/history/formats/csv-events.ts');
  return columnMap(text);
}

/** Most histories are valid, and load nothing of what draws. */
async function withDrawings(found: FileReport): Promise<FileReport> {
  const drawing = await import('../src/report/draw-check.ts');
  return drawing.withDrawings(found);
}
