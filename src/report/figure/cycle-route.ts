/** The way of an arrow as a line: a curve, or straight pieces with round corners; and its head. */
import { round } from './frame.ts';

export type Point = readonly [x: number, y: number];

export interface Way {
  /** Up to the head. */
  readonly path: string;
  /** Corners of the head. */
  readonly head: string;
  /** Where its label may stand, best first. */
  readonly labels: readonly Point[];
}

const HEAD = 9;
const CORNER = 12;

/** A cubic curve through its two ends, pulled to the two points between. */
export function curved(curve: readonly [Point, Point, Point, Point]): Way {
  const [p, q, r, s] = curve;
  const [back, head] = headAt(r, s);
  return {
    path: `M${text(p)} C${text(q)} ${text(r)} ${text(back)}`,
    head,
    labels: [0.5, 0.38, 0.62, 0.28, 0.72].map((t) => along(curve, t)),
  };
}

/** From corner to corner. Labels stand on the longest upright piece. */
export function cornered(points: readonly Point[]): Way {
  const last = points.length - 1;
  const [back, head] = headAt(points[last - 1] as Point, points[last] as Point);
  const stops = [...points.slice(0, last), back];
  const pieces = stops.slice(1, last).map((corner, i) => {
    const [before, after] = [stops[i] as Point, stops[i + 2] as Point];
    return `L${text(towards(corner, before))} Q${text(corner)} ${text(towards(corner, after))}`;
  });
  const [from, to] = longestUpright(points);
  return {
    path: `M${text(points[0] as Point)} ${pieces.join(' ')} L${text(back)}`,
    head,
    labels: [0.5, 0.35, 0.65, 0.2, 0.8].map((t) => [from[0], from[1] + t * (to[1] - from[1])]),
  };
}

function longestUpright(points: readonly Point[]): readonly [Point, Point] {
  const length = (i: number): number =>
    points[i]?.[0] === points[i + 1]?.[0]
      ? Math.abs((points[i + 1] as Point)[1] - (points[i] as Point)[1])
      : -1;
  const [first = 0] = points
    .slice(0, -1)
    .map((_, i) => i)
    .toSorted((a, b) => length(b) - length(a));
  return [points[first] as Point, points[first + 1] as Point];
}

/** A little way from a corner, at most half of it. */
function towards(corner: Point, other: Point): Point {
  const length = Math.hypot(other[0] - corner[0], other[1] - corner[1]) || 1;
  const part = Math.min(CORNER, length / 2) / length;
  return [corner[0] + part * (other[0] - corner[0]), corner[1] + part * (other[1] - corner[1])];
}

/** Where the line ends, and the head, which points on as the line comes from `from`. */
function headAt(from: Point, tip: Point): readonly [back: Point, head: string] {
  const length = Math.hypot(tip[0] - from[0], tip[1] - from[1]) || 1;
  const [dx, dy] = [(tip[0] - from[0]) / length, (tip[1] - from[1]) / length];
  const back: Point = [tip[0] - HEAD * dx, tip[1] - HEAD * dy];
  const corner = (side: 1 | -1): Point => [
    back[0] - (side * HEAD * dy) / 2,
    back[1] + (side * HEAD * dx) / 2,
  ];
  return [back, [tip, corner(1), corner(-1)].map(text).join(' ')];
}

/** A point of a cubic curve. */
export function along([p, q, r, s]: readonly [Point, Point, Point, Point], t: number): Point {
  const u = 1 - t;
  const of = (axis: 0 | 1): number =>
    u * u * u * p[axis] + 3 * u * u * t * q[axis] + 3 * u * t * t * r[axis] + t * t * t * s[axis];
  return [of(0), of(1)];
}

function text([x, y]: Point): string {
  return `${round(x)},${round(y)}`;
}
