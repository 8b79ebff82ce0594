/** Where the boxes and arrows of a cycle lie. */
import { LETTER, round } from './frame.ts';
import type { Arrow, Box, ShownCycle } from './shown-cycle.ts';

export type Point = readonly [x: number, y: number];

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
  const drawn = new Arrows(
    placed,
    rows.map((row) => row.y),
  ).draw(arrows);
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

class Arrows {
  readonly #placed: readonly Placed[];
  /** Top of each row. */
  readonly #rows: readonly number[];
  /** Arrows that pass rows between, so far: they go around all boxes, each further out. */
  #around = 0;
  /** Per side of a box, the arrows that touch it. */
  readonly #ends = new Map<string, { arrow: number; other: number }[]>();
  readonly #labels: { x: number; y: number; width: number }[] = [];

  constructor(placed: readonly Placed[], rows: readonly number[]) {
    this.#placed = placed;
    this.#rows = rows;
  }

  draw(arrows: readonly Arrow[]): DrawnArrow[] {
    const sides = arrows.map(({ from, to }, i) => this.#sides(from, to, i));
    return arrows.map((arrow, i) => {
      const curve = this.#curve(arrow, i, sides[i] as readonly [Side, Side]);
      return { ...arrow, ...shape(curve), ...this.#labelPlace(curve, arrow.label) };
    });
  }

  #sides(from: number, to: number, arrow: number): readonly [Side, Side] {
    const [a, b] = [this.#placed[from] as Placed, this.#placed[to] as Placed];
    const sides = (a.y > b.y ? ['top', 'bottom'] : ['bottom', a.y < b.y ? 'top' : 'bottom']) as [
      Side,
      Side,
    ];
    if (!isNext(this.#placed, a, b) && !this.#passes(a, b)) {
      this.#touch(from, sides[0], arrow, middle(b));
      this.#touch(to, sides[1], arrow, middle(a));
    }
    return sides;
  }

  /** Is there a row between them? */
  #passes(a: Placed, b: Placed): boolean {
    return this.#rows.some((y) => y > Math.min(a.y, b.y) && y < Math.max(a.y, b.y));
  }

  #touch(box: number, side: Side, arrow: number, other: number): void {
    const ends = this.#ends.get(`${box} ${side}`) ?? [];
    ends.push({ arrow, other });
    this.#ends.set(`${box} ${side}`, ends);
  }

  /** Four points of a cubic curve. */
  #curve(
    { from, to }: Arrow,
    i: number,
    [out, into]: readonly [Side, Side],
  ): readonly [Point, Point, Point, Point] {
    const [a, b] = [this.#placed[from] as Placed, this.#placed[to] as Placed];
    if (isNext(this.#placed, a, b)) {
      const y = a.y + Math.min(a.height, b.height) / 2;
      const [x1, x2] = [a.x + a.width, b.x];
      return [
        [x1, y],
        [x1 + (x2 - x1) / 3, y],
        [x2 - (x2 - x1) / 3, y],
        [x2, y],
      ];
    }
    if (this.#passes(a, b)) return this.#aroundAll(a, b);
    const [x1, x2] = [this.#anchor(from, out, i), this.#anchor(to, into, i)];
    const [y1, y2] = [edge(a, out), edge(b, into)];
    const bend = a.y === b.y ? 56 : Math.abs(y2 - y1) / 2;
    return [
      [x1, y1],
      [x1, out === 'bottom' ? y1 + bend : y1 - bend],
      [x2, into === 'bottom' ? y2 + bend : y2 - bend],
      [x2, y2],
    ];
  }

  #aroundAll(a: Placed, b: Placed): readonly [Point, Point, Point, Point] {
    const right = Math.max(...this.#placed.map(({ x, width }) => x + width));
    // A cubic curve bends three quarters of the way to where it is pulled.
    const out = right + 60 + 110 * this.#around++;
    const side = ({ x, y, width, height }: Placed, place: number): Point => [
      x + width,
      y + height * place,
    ];
    const [p, s] = [side(a, 0.7), side(b, 0.35)];
    return [p, [out, p[1]], [out, s[1]], s];
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

  /** Near the middle of the curve, where no other label stands. */
  #labelPlace(
    curve: readonly [Point, Point, Point, Point],
    label: string,
  ): Pick<DrawnArrow, 'at' | 'labelWidth'> {
    const width = (LETTER + 1.2) * label.length + 8;
    const free = ([x, y]: Point): boolean =>
      this.#labels.every(
        (other) =>
          Math.abs(other.y - y) > 17 || Math.abs(other.x - x) > (other.width + width) / 2 + 8,
      );
    const places = [0.5, 0.38, 0.62, 0.28, 0.72].map((t) => along(curve, t));
    const at = places.find(free) ?? (places[0] as Point);
    this.#labels.push({ x: at[0], y: at[1], width });
    return { at, labelWidth: width };
  }
}

function middle({ x, width }: Placed): number {
  return x + width / 2;
}

function edge({ y, height }: Placed, side: Side): number {
  return side === 'top' ? y : y + height;
}

function along([p, q, r, s]: readonly [Point, Point, Point, Point], t: number): Point {
  const u = 1 - t;
  const of = (axis: 0 | 1): number =>
    u * u * u * p[axis] + 3 * u * u * t * q[axis] + 3 * u * t * t * r[axis] + t * t * t * s[axis];
  return [of(0), of(1)];
}

/** The path up to the head, and the head, which points as the curve ends. */
function shape([p, q, r, s]: readonly [Point, Point, Point, Point]): {
  readonly path: string;
  readonly head: string;
} {
  const length = Math.hypot(s[0] - r[0], s[1] - r[1]) || 1;
  const [dx, dy] = [(s[0] - r[0]) / length, (s[1] - r[1]) / length];
  const back: Point = [s[0] - 9 * dx, s[1] - 9 * dy];
  const corner = (side: 1 | -1): Point => [back[0] - side * 4.5 * dy, back[1] + side * 4.5 * dx];
  const text = ([x, y]: Point): string => `${round(x)},${round(y)}`;
  return {
    path: `M${text(p)} C${text(q)} ${text(r)} ${text(back)}`,
    head: [s, corner(1), corner(-1)].map(text).join(' '),
  };
}
