/**
 * How many operations of each kind succeeded (Jepsen's `stats`). A kind that never did was not tested:
 * the verdict is unknown, whatever the others say.
 */
import type { Property } from './property.ts';
import { isFailed, isOk } from './property.ts';

export const stats: Property = {
  name: 'stats',
  demands: 'every kind of operation succeeded at least once',
  wants: 'It wants operations.',

  judge({ all }) {
    const kinds = new Map<string, { ok: number; fail: number; info: number }>();
    for (const call of all) {
      const kind = kinds.get(call.invoke.f) ?? { ok: 0, fail: 0, info: 0 };
      if (isOk(call)) kind.ok++;
      else if (isFailed(call)) kind.fail++;
      else kind.info++;
      kinds.set(call.invoke.f, kind);
    }
    const figures = Object.fromEntries(
      [...kinds].flatMap(([f, kind]) =>
        Object.entries(kind).map(([type, n]) => [`${f} ${type}`, n]),
      ),
    );
    const never = [...kinds].filter(([, { ok }]) => ok === 0);
    const unfit = never
      .map(
        ([f, { fail, info }]) =>
          `not one of ${fail + info} ${f} operations succeeded (${fail} failed, ${info} unknown)`,
      )
      .join('; ');
    return {
      observed: all.length,
      keys: new Set(all.map(({ invoke }) => invoke.key)).size,
      anomalies: [],
      figures,
      ...(never.length > 0 && { unfit: `${unfit}: nothing is known of them.` }),
    };
  },
};
