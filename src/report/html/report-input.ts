/** What a page is made of. */
import type { Judgement } from '../../checkers/walk-anomaly.ts';
import type { History } from '../../history/event.ts';
import type { Plan } from '../../run/plan.ts';
import type { Results, VerdictDocument } from '../../run/results.ts';
import type { Sample } from '../figure/run-series.ts';

export interface ReportInput {
  /** Name of the run's folder, or of the file. */
  readonly name: string;
  readonly history: Pick<History, 'header' | 'events' | 'nemesis'>;
  /** Lines of `events.jsonl`, without the samples of state; none for a history by itself. */
  readonly samples: readonly Sample[];
  readonly verdict: VerdictDocument;
  /** How the history was judged, where not as its header says. */
  readonly judgement?: Judgement | undefined;
  /** The figures of the run; absent: it did not come to its end, or there was none. */
  readonly results?: Results | undefined;
  readonly plan?: Plan | undefined;
  /** The command that judged, or runs it again. */
  readonly again: string;
  /** What reading and judging had to say. */
  readonly notes?: readonly string[];
}
