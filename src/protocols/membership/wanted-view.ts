/** What a node would propose at this moment, from what it knows. */
import type { View } from '../membership.ts';
import { type ChooseInput, chooseView } from './choose-view.ts';
import { type Step, bug } from './state.ts';

/** Undefined: it is content, or nothing better is possible. */
export function wantedView(step: Step): View | undefined {
  return chooseView(outlook(step));
}

/** What the choice of a view is made from. */
export function outlook({ s, nowUs }: Step): ChooseInput {
  const { suspectUs, stableUs, stepUs } = s.config.timing;
  return {
    self: s.self.id,
    chosen: s.chosen,
    acceptors: s.acceptors,
    quorum: s.quorum,
    detector: s.detector,
    nowUs,
    suspectUs,
    newbornUs: stepUs,
    stableUs,
    promoteEarly: bug(s, 'promote-early'),
  };
}
