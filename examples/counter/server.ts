/**
 * Counters over HTTP: `GET /7` answers counter 7, `POST /7` adds one to it and answers the sum.
 *
 *     node server.ts [--store http://HOST:PORT] [--fixed] HOST:PORT…
 *
 * The counters are in the memory of one node; the others, given its address, pass requests on to it.
 * The race: an increment reads the counter, waits, and writes it back, so that of two at the same time
 * one is lost. With `fixed` the increments of a counter take turns.
 */
import { createServer, type RequestListener } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

/** The node that holds the counters. */
export function counter({ fixed = false } = {}): RequestListener {
  const counts = new Map<string, number>();
  const turns = new Map<string, Promise<number>>();

  async function increment(key: string): Promise<number> {
    const before = counts.get(key) ?? 0;
    await sleep(1); // a database, a cache, a file: something that takes a moment
    counts.set(key, before + 1);
    return before + 1;
  }

  function inTurn(key: string): Promise<number> {
    const turn = (turns.get(key) ?? Promise.resolve(0)).then(() => increment(key));
    turns.set(key, turn);
    return turn;
  }

  return async ({ method, url = '/' }, response) => {
    const add = fixed ? inTurn : increment;
    response.end(String(method === 'POST' ? await add(url) : (counts.get(url) ?? 0)));
  };
}

/** A node that passes everything on to the one at `origin`. */
export function front(origin: string): RequestListener {
  return async ({ method, url }, response) => {
    try {
      const answer = await fetch(`${origin}${url}`, { method: method ?? 'GET' });
      response.writeHead(answer.status).end(await answer.text());
    } catch (error) {
      response.writeHead(502).end(String((error as Error).cause ?? error));
    }
  };
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    options: { store: { type: 'string' }, fixed: { type: 'boolean' } },
    allowPositionals: true,
  });
  const handler = values.store === undefined ? counter(values) : front(values.store);
  for (const address of positionals) {
    const { hostname, port } = new URL(`http://${address}`);
    createServer(handler).listen(Number(port), hostname);
  }
  process.stdin.on('end', () => process.exit(0)).resume(); // never outlive whoever started it
}
