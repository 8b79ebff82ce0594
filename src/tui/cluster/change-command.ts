/**
 * What `hermes cluster join|leave|replace|reset` share: a change that takes its time, shown as it goes
 * on, and what Ctrl-C leaves of it.
 */
import type { Watch } from '../../cluster/hand/members-by-hand.ts';
import { HermesCommand } from '../hermes-command.ts';

export abstract class ChangeCommand extends HermesCommand {
  /** Runs the change, prints its lines, returns the rest of it. */
  protected async show<T extends { readonly lines: readonly string[] }>(
    title: string,
    change: (watch: Watch) => Promise<T>,
  ): Promise<Omit<T, 'lines'>> {
    const { cancelOnSignals, endBySignal } = await import('../../cluster/hand/cancel.ts');
    const { showSteps } = await import('../../cluster/hand/steps.ts');
    const cancel = cancelOnSignals();
    let state: string | undefined;
    const watched = (onPhase: Watch['onPhase']): Promise<T> =>
      change({ onPhase, onState: (text) => (state = text), signal: cancel.signal });
    try {
      const done = await (this.jsonEnabled() ? watched(() => {}) : showSteps(title, watched));
      const { lines, ...result } = done;
      for (const line of lines) this.log(line);
      return result;
    } catch (error) {
      if (cancel.by !== undefined && state !== undefined) this.note(`${state}.`);
      return await endBySignal(cancel, error);
    } finally {
      cancel.release();
    }
  }
}
