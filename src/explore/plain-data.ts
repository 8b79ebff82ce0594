/**
 * Plain data with maps and bytes in it: what ghosts, messages and events are made of. Copied, and written
 * so that equal data give equal text; both far more often than anything else here is done.
 */

/** A copy; bytes are never changed and stay shared. */
export function copyData<T>(data: T): T {
  if (typeof data !== 'object' || data === null || data instanceof Uint8Array) return data;
  if (Array.isArray(data)) return data.map((one) => copyData<unknown>(one)) as T;
  if (data instanceof Map) {
    const map = new Map<unknown, unknown>();
    for (const [key, value] of data) map.set(key, copyData(value));
    return map as T;
  }
  // Spread keeps the shape of the object, which is much of its price.
  const copy: Record<string, unknown> = { ...(data as Record<string, unknown>) };
  for (const key in copy) {
    const value = copy[key];
    if (typeof value === 'object') copy[key] = copyData(value);
  }
  return copy as T;
}

/** Objects must be built with their fields in one order; maps may be in any. */
export function textOf(data: unknown): string {
  if (typeof data === 'string') return `"${data}"`;
  if (typeof data !== 'object' || data === null) return String(data);
  if (data instanceof Uint8Array)
    return `b${data.length}:${Buffer.from(data.buffer, data.byteOffset, data.length).toString('latin1')}`;
  if (Array.isArray(data)) {
    let text = '[';
    for (let i = 0; i < data.length; i++) text += `${textOf(data[i])},`;
    return `${text}]`;
  }
  if (data instanceof Map) return mapText(data);
  let text = '{';
  for (const key in data) {
    const value = (data as Record<string, unknown>)[key];
    if (value !== undefined) text += `${key}:${textOf(value)},`;
  }
  return `${text}}`;
}

function mapText(map: ReadonlyMap<unknown, unknown>): string {
  const entries: string[] = [];
  for (const [key, value] of map) entries.push(`${textOf(key)}=${textOf(value)}`);
  return `<${entries.length > 1 ? entries.sort().join() : entries.join()}>`;
}
