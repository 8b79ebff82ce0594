/** A reply as people read it, in the manner of redis-cli. */
import type { Reply } from '../../wire/resp.ts';

/** One or more lines, without the last line's end. */
export function replyText(reply: Reply): string {
  switch (reply.type) {
    case 'simple':
      return reply.text;
    case 'error':
      return `(error) ${reply.code}${reply.message === '' ? '' : ` ${reply.message}`}`;
    case 'integer':
      return `(integer) ${reply.value}`;
    case 'null':
      return '(nil)';
    case 'boolean':
      return `(${reply.value})`;
    case 'double':
      return `(double) ${reply.value}`;
    case 'bulk':
      return bulkText(reply.value);
    case 'array':
    case 'set':
    case 'push':
      return listText(reply.items.map(replyText), '(empty)');
    case 'map': {
      const pairs = reply.entries.map(([key, value]) => `${replyText(key)} => ${replyText(value)}`);
      return listText(pairs, '(empty)');
    }
  }
}

/** A reply as JSON; an error is an object with `error`. Integers beyond 2^53 are strings. */
export function replyJson(reply: Reply): unknown {
  switch (reply.type) {
    case 'simple':
      return reply.text;
    case 'error':
      return { error: `${reply.code} ${reply.message}`.trim() };
    case 'integer': {
      const number = Number(reply.value);
      return Number.isSafeInteger(number) ? number : String(reply.value);
    }
    case 'null':
      return null;
    case 'boolean':
    case 'double':
      return reply.value;
    case 'bulk':
      return utf8(reply.value) ?? { b64: reply.value.toString('base64') };
    case 'array':
    case 'set':
    case 'push':
      return reply.items.map(replyJson);
    case 'map':
      return Object.fromEntries(
        reply.entries.map(([key, value]) => [nameText(key), replyJson(value)]),
      );
  }
}

/** A name in a map: its text where it is one. */
function nameText(reply: Reply): string {
  const json = replyJson(reply);
  return typeof json === 'string' ? json : JSON.stringify(json);
}

/** Text of several lines and JSON documents stand as they are; everything else is quoted. */
function bulkText(bytes: Buffer): string {
  const text = utf8(bytes);
  if (text === undefined) return quoted(bytes.toString('latin1'), /[^\x20-\x7e]|["\\]/g);
  const document = jsonText(text);
  if (document !== undefined) return document;
  if (/\r?\n/.test(text)) return text.replaceAll('\r\n', '\n').trimEnd();
  // eslint-disable-next-line no-control-regex
  return quoted(text, /[\x00-\x1f\x7f"\\]/g);
}

function utf8(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? text : undefined;
}

/** An object, as `HERMES STATUS` answers one, on one line if it fits; undefined: the text is none. */
function jsonText(text: string): string | undefined {
  if (!/^\{"[\s\S]*\}$/.test(text)) return undefined;
  try {
    const document: unknown = JSON.parse(text);
    return text.length <= COLUMNS ? text : JSON.stringify(document, undefined, 2);
  } catch {
    return undefined;
  }
}

const COLUMNS = 80;

const SHORT: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '"': '\\"',
  '\\': '\\\\',
};

function quoted(text: string, strange: RegExp): string {
  const escaped = text.replace(
    strange,
    (c) => SHORT[c] ?? `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return `"${escaped}"`;
}

function listText(items: readonly string[], empty: string): string {
  if (items.length === 0) return empty;
  const width = String(items.length).length;
  return items
    .map((item, at) => {
      const head = `${String(at + 1).padStart(width)}) `;
      return head + item.replaceAll('\n', `\n${' '.repeat(head.length)}`);
    })
    .join('\n');
}
