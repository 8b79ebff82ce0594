/** Entry of a thread that judges shared keys: batch by batch, until all are taken; answers with each outcome. */
import { parentPort } from 'node:worker_threads';
import { judgeShared } from './judge-shared.ts';
import { type KeyShare, takeBatch } from './key-share.ts';
import type { TeamNews } from './key-team.ts';

/** What it is given: its number among the threads comes with it. */
export interface KeyWork {
  readonly share: KeyShare;
  readonly thread: number;
}

const post = (news: TeamNews): void => parentPort?.postMessage(news);

parentPort?.on('message', ({ share, thread }: KeyWork) => {
  for (let tasks = takeBatch(share); tasks.length > 0; tasks = takeBatch(share)) {
    const outcomes = tasks.map((task) => ({ task, outcome: judgeShared(share, task, thread) }));
    post({ type: 'outcomes', outcomes });
  }
  post({ type: 'idle', thread });
});
