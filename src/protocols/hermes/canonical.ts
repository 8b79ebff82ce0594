/** Plain data with maps and bytes in it as canonical bytes: equal data give equal bytes. */

/** Maps are written sorted by key. Plain objects must be built with their fields in one order. */
export function toCanonical(data: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(data, tag), 'utf8');
}

/** What `toCanonical` was given. */
export function fromCanonical(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes).toString('utf8'), untag);
}

/** `JSON.stringify` asks `toJSON` of a Buffer before the replacer, hence `this[name]`. */
function tag(this: Record<string, unknown>, name: string, value: unknown): unknown {
  const raw = this[name];
  if (raw instanceof Uint8Array) return { $bytes: Buffer.from(raw).toString('base64') };
  if (!(raw instanceof Map)) return value;
  return { $map: [...raw].toSorted(([a], [b]) => (a < b ? -1 : 1)) };
}

function untag(_name: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if ('$bytes' in value) return Buffer.from(value.$bytes as string, 'base64');
  if ('$map' in value) return new Map(value.$map as [unknown, unknown][]);
  return value;
}
