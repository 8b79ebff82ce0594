/** A broken invariant is a bug of ours: it throws, it is never handled. */
export class BrokenInvariant extends Error {
  override name = 'BrokenInvariant';
}

/** Throws `BrokenInvariant` unless `condition` holds. `message` says what had to be true. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new BrokenInvariant(message);
}
