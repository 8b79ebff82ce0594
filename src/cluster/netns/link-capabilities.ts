/** Which link faults a place can do, by what its kernel has and whether the link proxy is in between. */
import type { Capabilities } from '../../system/system.ts';

/** What was tried in the place itself: true, or why not. */
export interface LinkMeans {
  /** Reorders, corrupts, delays, repeats packets. */
  readonly netem: true | string;
  /** Limits the rate of single links. */
  readonly rate: true | string;
  /** Repeats packets by a rule. */
  readonly copies: true | string;
}

type LinkCapabilities = Pick<Capabilities, 'link'> & Partial<Capabilities>;

/**
 * `proxied`: the link proxy is in between, or why not. Delay and rate are its business where the kernel
 * has no means; what else packets can suffer, frames cannot.
 */
export function linkCapabilities(means: LinkMeans, proxied: true | string): LinkCapabilities {
  const { netem, rate, copies } = means;
  const either = (kernel: true | string): true | string =>
    kernel === true || proxied === true ? true : `${kernel}, and ${proxied}`;
  // Where packets can be shaped, but not by netem: who delays them then.
  const instead = netem !== true && rate === true && proxied === true;
  const packet = instead ? `${netem}; delays go through the link proxy` : netem;
  const shapes = {
    'link:delay': either(netem),
    'link:rate': either(rate),
    'link:reorder': packet,
    'link:duplicate': copies === true ? true : packet,
    'link:corrupt': packet,
  };
  const lacking = Object.entries(shapes).filter(([, able]) => able !== true);
  const link = lacking.length < Object.keys(shapes).length ? true : shapes['link:delay'];
  return { link, ...(Object.fromEntries(lacking) as Partial<Capabilities>) };
}
