/**
 * rw-register: a total order of each key's versions, where what is forced leaves a choice. One pair after
 * the other, in the order of time, the one that begins first before the other; each choice is followed up,
 * turned round where it does not hold, and where neither does the last one before it is.
 */
import { orderPlaces } from './order-places.ts';
import type { Mark } from './precedence.ts';
import type { RegisterBlocks } from './register-blocks.ts';
import type { RegisterOrder } from './register-order.ts';

/** `none`: all choices are wrong; `unknown`: too many were. `key`: of each micro-operation; `takenBackMax`: so many choices are taken back. */
export function chooseOrder(
  order: RegisterOrder,
  blocks: RegisterBlocks,
  key: Int32Array,
  takenBackMax: number,
): 'found' | 'none' | 'unknown' {
  order.arrange();
  const { versions, start, place: placeOf } = blocks;
  const turns = inTime(blocks);
  const made = new Choices();
  let takenBack = 0;
  let turn = 0;
  let place = placeOf[turns[0] as number] as number;
  const put = (turned: boolean): boolean => {
    const [version, before] = [turns[turn] as number, versions[place - 1] as number];
    const mark = turned ? order.attempt(version, before) : order.attempt(before, version);
    if (mark === undefined) return false;
    if (turned || !order.isAsAt(mark)) made.push(turn, place, turned, mark);
    if (turned) order.swap(--place);
    return true;
  };
  while (turn < turns.length) {
    const first = start[key[turns[turn] as number] as number] as number;
    if (place === first || put(false)) {
      turn++;
      place = placeOf[turns[turn] as number] as number;
      continue;
    }
    while (!put(true)) {
      while (made.pop() && made.turned) {
        order.undo(made.mark);
        order.swap(made.place - 1);
      }
      if (made.turn < 0) return 'none';
      if (++takenBack > takenBackMax) return 'unknown';
      order.undo(made.mark);
      ({ turn, place } = made);
    }
  }
  return 'found';
}

/**
 * What was chosen: the version whose turn it was stood at a place, and was put behind the one before it, or
 * (turned) before that. A column each, since there are as many choices as versions.
 */
class Choices {
  /** What was popped last; a turn of −1: there was nothing. */
  turn = -1;
  place = 0;
  turned = false;
  mark: Mark = 0;
  readonly #turns: number[] = [];
  /** Of what was turned, the complement. */
  readonly #places: number[] = [];
  readonly #marks: Mark[] = [];

  push(turn: number, place: number, turned: boolean, mark: Mark): void {
    this.#turns.push(turn);
    this.#places.push(turned ? ~place : place);
    this.#marks.push(mark);
  }

  /** Is there another one? */
  pop(): boolean {
    const place = this.#places.pop() ?? 0;
    this.turn = this.#turns.pop() ?? -1;
    this.turned = place < 0;
    this.place = this.turned ? ~place : place;
    this.mark = this.#marks.pop() ?? 0;
    return this.turn >= 0;
  }
}

/** All versions in the order in which their blocks begin. */
function inTime(blocks: RegisterBlocks): Int32Array {
  const { versions } = blocks;
  const [first, order] = [new Int32Array(versions.length), new Int32Array(versions.length)];
  for (let p = 0; p < versions.length; p++) first[p] = blocks.first(versions[p] as number);
  orderPlaces(order, first, 0, versions.length);
  for (let p = 0; p < order.length; p++) order[p] = versions[order[p] as number] as number;
  return order;
}
