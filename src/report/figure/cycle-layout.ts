/** Where the boxes and arrows of a cycle lie. */
import { type Point, type Way, along, cornered, curved } from './cycle-route.ts';
import { LETTER } from './frame.ts';
import type { Arrow, Box, ShownCycle } from './shown-cycle.ts';

export interface Placed {
  readonly box: Box;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface DrawnArrow extends Arrow {
  readonly path: string;
  /** Corners of its head. */
  readonly head: string;
  /** Middle of its label, and how wide it is. */
  readonly at: Point;
  readonly labelWidth: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly rows: readonly { readonly name: string; readonly y: number; readonly height: number }[];
  readonly boxes: readonly Placed[];
  readonly arrows: readonly DrawnArrow[];
}

const LEFT = 118;
const RIGHT = 24;
const TOP = 22;
/** Between two events, between two boxes of one row, between two rows. */
const STEP = 26;
const BESIDE = 112;
const BETWEEN_ROWS = 74;
const LINE = 16;
/** More letters of a line are cut. */
const LETTERS_MAX = 46;

/** Rows in the order in which their first boxes begin. */
export function layOut({ boxes, arrows }: ShownCycle): Layout {
  const names = [...new Set([...boxes].toSorted((a, b) => a.from - b.from).map(({ row }) => row))];
  const across = columns(boxes);
  const heights = names.map((name) =>
    Math.max(...boxes.filter(({ row }) => row === name).map(heightOf)),
  );
  let y = TOP;
  const rows = names.map((name, i) => {
    const height = heights[i] as number;
    const row = { name, y, height };
    y += height + BETWEEN_ROWS;
    return row;
  });
  const placed = boxes.map((box, i): Placed => {
    const [x, width] = across[i] as readonly [number, number];
    return { box, x, width, y: rows[names.indexOf(box.row)]?.y ?? TOP, height: heightOf(box) };
  });
  const drawn = new Arrows(placed, rows).draw(arrows);
  const below = arrows.some(({ from, to }) => isArc(placed, from, to)) ? BETWEEN_ROWS - 16 : 0;
  return {
    width: Math.ceil(
      Math.max(
        ...placed.map((each) => each.x + each.width),
        ...drawn.map(({ at, labelWidth }) => at[0] + labelWidth / 2),
      ) + RIGHT,
    ),
    height: Math.ceil(y - BETWEEN_ROWS + 16 + below),
    rows,
    boxes: placed,
    arrows: drawn,
  };
}

function heightOf({ lines }: Box): number {
  return 27 + LINE * lines.length;
}

function widthOf({ name, lines, from }: Box): number {
  const head = name.length + (lines.length === 0 ? 0 : ` · event ${from} · unknown`.length);
  const letters = Math.max(head, ...lines.map((line) => Math.min(LETTERS_MAX, line.length) + 2));
  return Math.max(70, (LETTER + 0.8) * letters + 18);
}

/** Left edge and width of each box: events in their order, as far apart as what is written in the boxes needs. */
function columns(boxes: readonly Box[]): (readonly [x: number, width: number])[] {
  const events = boxes
    .flatMap(({ from, to }, i) => [
      { at: from, i, ends: false },
      { at: to ?? Infinity, i, ends: true },
    ])
    .toSorted((a, b) => (a.at === b.at ? 0 : a.at - b.at));
  const begin: number[] = [];
  const end: number[] = [];
  const rowEnd = new Map<string, number>();
  let x = LEFT - STEP;
  for (const { i, ends } of events) {
    const box = boxes[i] as Box;
    if (ends) {
      x = Math.max(x + STEP, (begin[i] as number) + widthOf(box));
      end[i] = x;
      rowEnd.set(box.row, x);
    } else {
      x = Math.max(x + STEP, (rowEnd.get(box.row) ?? -Infinity) + BESIDE);
      begin[i] = x;
    }
  }
  return boxes.map((_, i) => [begin[i] as number, (end[i] as number) - (begin[i] as number)]);
}

type Side = 'top' | 'bottom';

/** One row, and not straight to the next box. */
function isArc(placed: readonly Placed[], from: number, to: number): boolean {
  const [a, b] = [placed[from] as Placed, placed[to] as Placed];
  return a.y === b.y && !isNext(placed, a, b);
}

function isNext(placed: readonly Placed[], a: Placed, b: Placed): boolean {
  return (
    a.y === b.y &&
    a.x < b.x &&
    !placed.some((each) => each.y === a.y && each.x > a.x && each.x < b.x)
  );
}

/** Between an arrow that goes around boxes and these, other such arrows, rows. */
const CLEAR = 14;

class Arrows {
  readonly #placed: readonly Placed[];
  readonly #rows: Layout['rows'];
  /** Upright pieces of arrows that go around boxes. */
  readonly #uprights: { readonly x: number; readonly top: number; readonly bottom: number }[] = [];
  /** Arrows that run along a row outside of it, so far; by the row and its side. */
  readonly #alongside = new Map<string, number>();
  /** Per side of a box, the arrows that touch it. */
  readonly #ends = new Map<string, { arrow: number; other: number }[]>();
  readonly #labels: { x: number; y: number; width: number }[] = [];

  constructor(placed: readonly Placed[], rows: Layout['rows']) {
    this.#placed = placed;
    this.#rows = rows;
  }

  draw(arrows: readonly Arrow[]): DrawnArrow[] {
    const sides = arrows.map(({ from, to }, i) => this.#sides(from, to, i));
    return arrows.map((arrow, i) => {
      const labelWidth = (LETTER + 1.2) * arrow.label.length + 8;
      const way = this.#way(arrow, i, sides[i] as readonly [Side, Side], labelWidth);
      const { path, head, labels } = way;
      return { ...arrow, path, head, labelWidth, at: this.#labelPlace(labels, labelWidth) };
    });
  }

  #sides(from: number, to: number, arrow: number): readonly [Side, Side] {
    const [a, b] = [this.#placed[from] as Placed, this.#placed[to] as Placed];
    const sides = (a.y > b.y ? ['top', 'bottom'] : ['bottom', a.y < b.y ? 'top' : 'bottom']) as [
      Side,
      Side,
    ];
    if (!isNext(this.#placed, a, b)) {
      this.#touch(from, sides[0], arrow, middle(b));
      this.#touch(to, sides[1], arrow, middle(a));
    }
    return sides;
  }

  #touch(box: number, side: Side, arrow: number, other: number): void {
    const ends = this.#ends.get(`${box} ${side}`) ?? [];
    ends.push({ arrow, other });
    this.#ends.set(`${box} ${side}`, ends);
  }

  #way(
    { from, to }: Arrow,
    i: number,
    [out, into]: readonly [Side, Side],
    labelWidth: number,
  ): Way {
    const [a, b] = [this.#placed[from] as Placed, this.#placed[to] as Placed];
    if (isNext(this.#placed, a, b)) {
      const y = a.y + Math.min(a.height, b.height) / 2;
      const [x1, x2] = [a.x + a.width, b.x];
      const third = (x2 - x1) / 3;
      return curved([
        [x1, y],
        [x1 + third, y],
        [x2 - third, y],
        [x2, y],
      ]);
    }
    const [x1, x2] = [this.#anchor(from, out, i), this.#anchor(to, into, i)];
    const [y1, y2] = [edge(a, out), edge(b, into)];
    const bend = a.y === b.y ? 56 : Math.abs(y2 - y1) / 2;
    const curve = [
      [x1, y1],
      [x1, out === 'bottom' ? y1 + bend : y1 - bend],
      [x2, into === 'bottom' ? y2 + bend : y2 - bend],
      [x2, y2],
    ] as const;
    return this.#isFree(curve, a, b)
      ? curved(curve)
      : this.#around([x1, y1], [x2, y2], [a, b, out, into], labelWidth);
  }

  /** Does a curve keep clear of all boxes but its own? */
  #isFree(curve: readonly [Point, Point, Point, Point], a: Placed, b: Placed): boolean {
    const points = Array.from({ length: 24 }, (_, i) => along(curve, (i + 1) / 25));
    return this.#placed.every(
      (box) =>
        box === a ||
        box === b ||
        points.every(
          ([x, y]) =>
            x < box.x - 6 ||
            x > box.x + box.width + 6 ||
            y < box.y - 6 ||
            y > box.y + box.height + 6,
        ),
    );
  }

  /** Along the rows of both ends, and past the boxes between them. */
  #around(
    [x1, y1]: Point,
    [x2, y2]: Point,
    [a, b, out, into]: readonly [Placed, Placed, Side, Side],
    labelWidth: number,
  ): Way {
    const [leave, arrive] = [this.#besideRow(a, out), this.#besideRow(b, into)];
    const [top, bottom] = [Math.min(leave, arrive), Math.max(leave, arrive)];
    const x = this.#upright([x1, x2], top, bottom, labelWidth);
    this.#uprights.push({ x, top, bottom });
    return cornered([
      [x1, y1],
      [x1, leave],
      [x, leave],
      [x, arrive],
      [x2, arrive],
      [x2, y2],
    ]);
  }

  /** Where an upright piece has room between these heights, with the least way to it from both ends. */
  #upright(ends: readonly number[], top: number, bottom: number, labelWidth: number): number {
    const away = CLEAR + labelWidth / 2;
    const boxes = this.#placed.filter(({ y, height }) => y < bottom && y + height > top);
    const others = this.#uprights.filter((other) => other.top < bottom && other.bottom > top);
    const isFree = (x: number): boolean =>
      x > LEFT &&
      boxes.every((box) => x <= box.x - away || x >= box.x + box.width + away) &&
      others.every((other) => Math.abs(other.x - x) >= labelWidth + 6);
    const detour = (x: number): number => ends.reduce((sum, end) => sum + Math.abs(end - x), 0);
    const places = [
      ...ends,
      ...boxes.flatMap((box) => [box.x - away, box.x + box.width + away]),
      ...others.flatMap((other) => [other.x - labelWidth - 6, other.x + labelWidth + 6]),
    ];
    // To the right of everything there is always room.
    const farthest = Math.max(...places);
    return places.filter(isFree).toSorted((a, b) => detour(a) - detour(b))[0] ?? farthest;
  }

  /** Height at which one more arrow may run along the row of a box. */
  #besideRow({ box: { row } }: Placed, side: Side): number {
    const { y, height } = this.#rows.find(({ name }) => name === row) as Layout['rows'][number];
    const count = this.#alongside.get(`${side} ${row}`) ?? 0;
    this.#alongside.set(`${side} ${row}`, count + 1);
    const away = CLEAR + 7 * (count % 4);
    return side === 'top' ? y - away : y + height + away;
  }

  /** The ends on one side of a box are spread over it, in the order of where they come from. */
  #anchor(box: number, side: Side, arrow: number): number {
    const { x, width } = this.#placed[box] as Placed;
    const ends = (this.#ends.get(`${box} ${side}`) ?? []).toSorted(
      (p, q) => p.other - q.other || p.arrow - q.arrow,
    );
    const place = ends.findIndex((each) => each.arrow === arrow);
    return x + (width * (place + 1)) / (ends.length + 1);
  }

  /** The first of these places where no other label stands. */
  #labelPlace(places: readonly Point[], width: number): Point {
    const free = ([x, y]: Point): boolean =>
      this.#labels.every(
        (other) =>
          Math.abs(other.y - y) > 17 || Math.abs(other.x - x) > (other.width + width) / 2 + 8,
      );
    const at = places.find(free) ?? (places[0] as Point);
    this.#labels.push({ x: at[0], y: at[1], width });
    return at;
  }
}

function middle({ x, width }: Placed): number {
  return x + width / 2;
}

function edge({ y, height }: Placed, side: Side): number {
  return side === 'top' ? y : y + height;
}
