/** Judges one of the keys that threads share. */
import { type KeyOutcome, judgeBySearch } from '../checkers/judge-columns.ts';
import { type KeyShare, columnsOf, countJudged, leaveWord } from './key-share.ts';

/** The outcome; `thread` leaves word of how far it has come. */
export function judgeShared(share: KeyShare, task: number, thread: number): KeyOutcome {
  leaveWord(share, thread, task);
  const ask = { ...share.ask, plant: share.plant[task] === 1 };
  const outcome = judgeBySearch(columnsOf(share, task), ask, (reached) =>
    leaveWord(share, thread, task, reached),
  );
  leaveWord(share, thread);
  countJudged(share);
  return outcome;
}
