/** Client requests: what is answered or issued at once, and what has to wait (spec §2.2, R-3.1). */
import type { Command, Result } from '../../base/operation.ts';
import { DONE, EXPIRED, answer, answerRead, noteRead, refusal, reply } from './answers.ts';
import { issue } from './coordinator.ts';
import { track } from './deadlines.ts';
import { type RmwCommand, evaluate } from './evaluate.ts';
import { enqueue } from './queue.ts';
import {
  type Core,
  type Installed,
  type KeyRec,
  type Request,
  operational,
  recordOf,
  touch,
} from './state.ts';

/** A client asks. */
export function onRequest(s: Core, id: number, command: Command, deadlineUs: number): void {
  if (s.out.quiet !== true)
    s.out.event({ type: 'invoke', key: command.key, op: id, detail: command.f });
  if (!mayAdmit(s, command)) reply(s, id, refusal(s));
  else if (deadlineUs <= s.nowUs) reply(s, id, EXPIRED);
  else if (command.f === 'get') onRead(s, id, command, deadlineUs);
  else onUpdate(s, id, command, deadlineUs);
}

/** Reads and updates are admitted by a full member with a lease. */
function mayAdmit(s: Core, command: Command): boolean {
  const fullMember = s.installed?.full === true;
  if (s.bugs['complete-on-higher-val'] && command.f !== 'get') return fullMember;
  return operational(s);
}

function onRead(s: Core, id: number, command: Command, deadlineUs: number): void {
  s.counters.reads++;
  const rec = s.keys.get(command.key);
  if (rec === undefined) answerAbsent(s, id, command);
  else if (rec.state === 'V' || s.bugs['read-while-invalid']) answerRead(s, rec, id);
  else wait(s, newRequest(id, command, deadlineUs, rec));
}

/** A key that was never written is Valid and absent; reading it leaves no trace. */
function answerAbsent(s: Core, id: number, command: Command): void {
  if (s.out.quiet !== true) {
    const detail = { leaseLeftUs: s.leaseUntilUs - s.nowUs };
    s.out.event({ type: 'read', key: command.key, ts: '0', state: 'V', op: id, detail });
  }
  reply(s, id, ABSENT);
}

const ABSENT: Result = { type: 'value', value: null };

function onUpdate(s: Core, id: number, command: Command, deadlineUs: number): void {
  const rec = recordOf(s, command.key);
  const request = newRequest(id, command, deadlineUs, rec);
  const first = rec.waiting === undefined || rec.waiting.updates.length === 0;
  if (!first || !admit(s, s.installed as Installed, rec, [request])) wait(s, request);
  else if (request.phase !== 'done') track(s, request);
}

function newRequest(id: number, command: Command, deadlineUs: number, rec: KeyRec): Request {
  return { id, command, deadlineUs, rec, phase: 'waiting', attempts: 0, retryAtUs: 0 };
}

function wait(s: Core, request: Request): void {
  if (!enqueue(s, request)) return;
  track(s, request);
  touch(s, request.rec);
}

/**
 * Issues an update or answers it, if the key's state allows. `clients` are the requests that it
 * stands for; of several writes the last gives the value.
 */
export function admit(s: Core, installed: Installed, rec: KeyRec, clients: Request[]): boolean {
  const { command } = clients.at(-1) as Request;
  if (command.f === 'get' || rec.pend !== undefined) return false;
  if (command.f === 'set') {
    if (rec.state !== 'V' && !s.options.x1) return false;
    issue(s, installed, rec, { kind: 'write', value: command.value, result: DONE, clients });
    return true;
  }
  if (rec.state !== 'V' && !s.bugs['rmw-from-invalid']) return false;
  readModifyWrite(s, installed, rec, command, clients);
  return true;
}

/** Evaluates on the local value, in this step; what writes nothing is a read. */
function readModifyWrite(
  s: Core,
  installed: Installed,
  rec: KeyRec,
  command: RmwCommand,
  clients: Request[],
): void {
  const { next, result } = evaluate(command, rec.value, s.options.maxValueBytes);
  if (next !== undefined) {
    issue(s, installed, rec, { kind: 'rmw', value: next, result, clients });
    return;
  }
  // Who has no lease is here with the planted bug `complete-on-higher-val` alone, and may write, not read.
  const serving = operational(s);
  for (const client of clients) {
    if (serving) noteRead(s, rec, client.id);
    answer(s, client, serving ? result : refusal(s));
  }
}
