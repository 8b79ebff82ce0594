/** The sequential lock: acquire it if it is free, release it if it is held. Whose it is does not matter. */
import type { Model } from '../checker.ts';

/** State: is it held. */
export const mutexModel: Model<boolean> = {
  name: 'mutex',
  init: false,
  key: Number,
  step(held, op) {
    if (op.f === 'acquire') return held ? undefined : true;
    if (op.f === 'release') return held ? false : undefined;
    throw new TypeError(`the mutex model knows no operation "${op.f}"`);
  },
};
