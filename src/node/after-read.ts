/**
 * Runs something once all sockets have been read: in the check phase, which follows the reading of
 * sockets. A process that was stopped in between (SIGSTOP, a suspended machine) has not read what came
 * meanwhile, so it reads once more before it believes any clock.
 */
const STALL_MS = 20;

export function afterRead(run: () => void, nowMs: () => number = () => performance.now()): void {
  const askedMs = nowMs();
  setImmediate(() => {
    if (nowMs() - askedMs > STALL_MS) setImmediate(run);
    else run();
  });
}
