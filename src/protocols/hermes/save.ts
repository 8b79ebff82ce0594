/**
 * State as canonical bytes: equal states give equal bytes. Keys are sorted, requests are numbered by
 * their place in the list of open ones. Counters are not part of the state.
 */
import type { Reader, Writer } from '../../base/bytes.ts';
import { readCommand, readResult, writeCommand, writeResult } from '../../base/command-codec.ts';
import { readList, readMaybe, writeList, writeMaybe } from '../../base/compound.ts';
import { resumeRandom } from '../../base/random.ts';
import { type Config, NO_EFFECTS } from '../machine.ts';
import { readRef, readView, writeRef, writeView } from '../view-codec.ts';
import { newCore } from './core.ts';
import { derive } from './install.ts';
import {
  type Core,
  type KeyRec,
  type KeyState,
  type Pend,
  type Request,
  type Waiting,
  become,
  newRecord,
} from './state.ts';
import type { Ts } from './timestamp.ts';

/** Writes the state between two steps. */
export function saveCore(s: Core, w: Writer): void {
  w.uint(s.self.inc);
  w.uint(s.nowUs);
  writeMaybe(w, s.installed?.view, writeView);
  writeTime(w, s.leaseUntilUs);
  w.bool(s.lost);
  writeMaybe(w, s.random, (_, random) => {
    for (const word of random.state()) w.u32(word >>> 0);
  });
  w.uint(s.roundTripUs);
  w.uint(s.deadlineArmedUs);
  const open = s.open.filter((request) => request.phase !== 'done');
  writeList(w, open, writeRequest);
  const place = new Map(open.map((request, i) => [request, i]));
  writeList(w, [...s.keys.keys()].toSorted(), (_, key) =>
    writeKey(w, s.keys.get(key) as KeyRec, place),
  );
  writeList(w, s.eager, (_, rec) => w.latin1(rec.key));
  writeMaybe(w, s.transfer, (_, transfer) => {
    w.bool(transfer.cursor !== null);
    if (transfer.cursor !== null) w.latin1(transfer.cursor);
    w.bool(transfer.done);
    w.uint(transfer.keys);
    w.uint(transfer.of);
    w.uint(transfer.attempts);
  });
  if (s.bugs['node-wide-version']) writeTs(w, s.lastInv);
}

/** Reads what `saveCore` wrote. The sink and the hints are set by the next step. */
export function loadCore(r: Reader, config: Config): Core {
  const s = newCore(config, r.uint(), NO_EFFECTS);
  s.nowUs = r.uint();
  const view = readMaybe(r, readView);
  if (view !== undefined) s.installed = derive(s, view);
  s.leaseUntilUs = readTime(r);
  s.lost = r.bool();
  s.random = readMaybe(r, () => resumeRandom([r.u32(), r.u32(), r.u32(), r.u32()]));
  s.roundTripUs = r.uint();
  s.deadlineArmedUs = r.uint();
  s.open = readList(r, () => readRequest(r, s));
  for (const _ of Array(r.uint()).keys()) readKey(r, s);
  s.eager = readList(r, () => s.keys.get(r.latin1()) as KeyRec);
  s.transfer = readMaybe(r, () => ({
    cursor: r.bool() ? r.latin1() : null,
    done: r.bool(),
    keys: r.uint(),
    of: r.uint(),
    attempts: r.uint(),
  }));
  if (s.bugs['node-wide-version']) s.lastInv = readTs(r);
  return s;
}

const PHASES = ['waiting', 'backoff', 'issued', 'doomed', 'done'] as const;
const STATES: readonly KeyState[] = ['V', 'I', 'W', 'R'];
const KINDS = ['write', 'rmw', 'replay'] as const;

function writeRequest(w: Writer, request: Request): void {
  w.uint(request.id);
  writeCommand(w, request.command);
  writeTime(w, request.deadlineUs);
  w.u8(PHASES.indexOf(request.phase));
  w.uint(request.attempts);
  w.uint(request.retryAtUs);
}

function readRequest(r: Reader, s: Core): Request {
  const id = r.uint();
  const command = readCommand(r);
  const rec = s.keys.get(command.key) ?? newRecord(s, command.key);
  const deadlineUs = readTime(r);
  const phase = PHASES[r.u8()] as Request['phase'];
  return { id, command, deadlineUs, rec, phase, attempts: r.uint(), retryAtUs: r.uint() };
}

type Places = ReadonlyMap<Request, number>;

function writeKey(w: Writer, rec: KeyRec, place: Places): void {
  w.latin1(rec.key);
  w.maybeBytes(rec.value);
  writeTs(w, rec.ts);
  w.bool(rec.rmw);
  w.u8(STATES.indexOf(rec.state));
  writeRef(w, rec.lastWriter);
  w.bool(rec.replayArmed);
  writeMaybe(w, rec.pend, (_, pend) => writePend(w, pend, place));
  writeMaybe(w, rec.waiting, (_, waiting) => writeWaiting(w, waiting, place));
  writeMaybe(w, rec.tally, (_, tally) => {
    writeTs(w, tally.ts);
    w.u32(tally.low >>> 0);
    w.u32(tally.high >>> 0);
  });
}

function readKey(r: Reader, s: Core): void {
  const key = r.latin1();
  const rec = s.keys.get(key) ?? newRecord(s, key);
  rec.value = copy(r.maybeBytes());
  rec.ts = readTs(r);
  rec.rmw = r.bool();
  const state = STATES[r.u8()] as KeyState;
  rec.lastWriter = readRef(r);
  rec.replayArmed = r.bool();
  become(
    s,
    rec,
    state,
    readMaybe(r, () => readPend(r, s)),
  );
  rec.waiting = readMaybe(r, () => readWaiting(r, s));
  rec.tally = readMaybe(r, () => ({ ts: readTs(r), low: r.u32() | 0, high: r.u32() | 0 }));
  s.queued += (rec.waiting?.reads.length ?? 0) + (rec.waiting?.updates.length ?? 0);
}

function writePend(w: Writer, pend: Pend, place: Places): void {
  w.u8(KINDS.indexOf(pend.kind));
  writeTs(w, pend.ts);
  w.maybeBytes(pend.value);
  w.bool(pend.rmw);
  w.u32(pend.ackedLow >>> 0);
  w.u32(pend.ackedHigh >>> 0);
  w.bool(pend.sup);
  w.uint(pend.resent);
  w.uint(pend.sentUs);
  w.bool(pend.eager);
  writeResult(w, pend.result);
  writeRequests(w, pend.clients, place);
}

function readPend(r: Reader, s: Core): Pend {
  return {
    kind: KINDS[r.u8()] as Pend['kind'],
    ts: readTs(r),
    value: copy(r.maybeBytes()),
    rmw: r.bool(),
    ackedLow: r.u32() | 0,
    ackedHigh: r.u32() | 0,
    sup: r.bool(),
    resent: r.uint(),
    sentUs: r.uint(),
    eager: r.bool(),
    result: readResult(r),
    clients: readRequests(r, s),
  };
}

function writeWaiting(w: Writer, waiting: Waiting, place: Places): void {
  writeRequests(w, waiting.reads, place);
  writeList(w, waiting.updates, (_, group) => writeRequests(w, group, place));
  writeRequests(w, waiting.backoffs, place);
  writeMaybe(w, waiting.doomed, (_, doomed) => {
    writeTs(w, doomed.ts);
    w.uint(place.get(doomed.request) as number);
  });
}

function readWaiting(r: Reader, s: Core): Waiting {
  return {
    reads: readRequests(r, s),
    updates: readList(r, () => readRequests(r, s)),
    backoffs: readRequests(r, s),
    doomed: readMaybe(r, () => ({ ts: readTs(r), request: s.open[r.uint()] as Request })),
  };
}

function writeRequests(w: Writer, requests: readonly Request[], place: Places): void {
  writeList(w, requests, (_, request) => w.uint(place.get(request) as number));
}

function readRequests(r: Reader, s: Core): Request[] {
  return readList(r, () => s.open[r.uint()] as Request);
}

function writeTs(w: Writer, ts: Ts): void {
  w.uint(ts.v);
  w.uint(ts.c);
  w.uint(ts.g);
}

function readTs(r: Reader): Ts {
  return { v: r.uint(), c: r.uint(), g: r.uint() };
}

/** Time in µs; `Infinity` has its own mark. */
function writeTime(w: Writer, us: number): void {
  w.bool(us === Infinity);
  if (us !== Infinity) w.uint(us);
}

function readTime(r: Reader): number {
  return r.bool() ? Infinity : r.uint();
}

function copy(bytes: Buffer | null): Buffer | null {
  return bytes === null ? null : Buffer.from(bytes);
}
