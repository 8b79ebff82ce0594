/** The lines of `events.jsonl` that pictures are made of. */
import { readFile } from 'node:fs/promises';

/** Changes, faults and phases in order; the samples of state between them are left out. A torn line too. */
export async function readSamples(path: string): Promise<Readonly<Record<string, unknown>>[]> {
  const text = await readFile(path, 'utf8');
  return text.split('\n').flatMap((line) => {
    if (line === '' || line.includes('"type":"status"')) return [];
    try {
      return [JSON.parse(line) as Record<string, unknown>];
    } catch {
      return [];
    }
  });
}
