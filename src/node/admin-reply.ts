/** The machine's answer to a word of `HERMES …` that is the protocol's, as a reply. */
import type { Result } from '../base/operation.ts';
import type { Reply } from '../wire/resp.ts';

export function adminReply(result: Result): Reply {
  switch (result.type) {
    case 'done':
      return { type: 'simple', text: 'OK' };
    case 'integer':
      return { type: 'integer', value: result.value };
    case 'value':
      return result.value === null
        ? { type: 'null' }
        : { type: 'bulk', value: Buffer.from(result.value) };
    case 'mismatch':
      return { type: 'null' };
    case 'error':
      return { type: 'error', code: result.code, message: result.message };
  }
}
