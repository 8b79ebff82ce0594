/**
 * The grammar of `--nemesis`: `kind[:shape]`, several shapes in brackets, kinds separated by commas:
 * `partition:[one-way,bridge],messages:lose,pause`; or `none`, or `all`, or `swarm` (each seed draws
 * which of all take part, and how strong). Jepsen's names are accepted: `packet` (packet loss), `clock`.
 */
import { UserError } from '../base/user-error.ts';
import { FAULT_KINDS, type FaultKind } from './fault.ts';
import { ONLY_BY_NAME, SHAPES, shapeNames } from './shapes.ts';

/** A kind of fault that is wanted, with the shapes to draw from. */
export interface FaultChoice {
  readonly kind: FaultKind;
  /** Never empty. */
  readonly shapes: readonly string[];
  /** The shapes were named: one that does not fit is an error, not left out. */
  readonly shapesNamed: boolean;
  /** False: it came with `all`, and is skipped with the reason where it cannot be done. */
  readonly asked: boolean;
  /** It came with `swarm`: the seed draws whether it takes part, and with which shapes. */
  readonly swarm?: true;
  /** Drawn by the seed: scale of what the kind does to messages and packets. Default 1. */
  readonly strength?: number;
}

const JEPSEN: Readonly<Record<string, FaultKind>> = { packet: 'loss' };

/** Parses `--nemesis`; several values count as one list. Throws a `UserError` that names the choices. */
export function parseNemesis(texts: readonly string[]): FaultChoice[] {
  const items = texts.flatMap(splitItems);
  if (items.includes('none')) {
    if (items.length > 1)
      throw new UserError(
        '"none" stands alone in --nemesis.',
        'Leave it out, or leave out the rest.',
      );
    return [];
  }
  const asked = items.filter((item) => item !== 'all' && item !== 'swarm').map(parseItem);
  const named = new Set(asked.map((choice) => choice.kind));
  const others = FAULT_KINDS.filter((kind) => !named.has(kind)).map(wholeKind);
  if (items.includes('all')) return merge([...asked, ...others]);
  const drawn = others.map((choice): FaultChoice => ({ ...choice, swarm: true }));
  return merge([...asked, ...(items.includes('swarm') ? drawn : [])]);
}

/** The text that parses to these choices. */
export function nemesisText(choices: readonly FaultChoice[]): string {
  if (choices.length === 0) return 'none';
  const named = choices.filter(({ swarm }) => swarm !== true).map(choiceText);
  return [...named, ...(named.length < choices.length ? ['swarm'] : [])].join(',');
}

function choiceText(choice: FaultChoice): string {
  if (!choice.shapesNamed) return choice.kind;
  const [only] = choice.shapes;
  return choice.shapes.length === 1
    ? `${choice.kind}:${only}`
    : `${choice.kind}:[${choice.shapes.join(',')}]`;
}

/** Splits at the commas that stand outside brackets. */
function splitItems(text: string): string[] {
  if ((text.match(/\[/g) ?? []).length !== (text.match(/\]/g) ?? []).length) {
    throw new UserError(
      `--nemesis ${text}: a bracket is missing.`,
      'Several shapes: partition:[one-way,bridge].',
    );
  }
  return text
    .split(/,(?![^[]*\])/)
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function parseItem(item: string): FaultChoice {
  const [, name = '', , list, single] = /^([\w-]+)(:(?:\[([^\]]*)\]|([\w-]+)))?$/.exec(item) ?? [];
  const kind = JEPSEN[name] ?? FAULT_KINDS.find((known) => known === name);
  if (kind === undefined) {
    const known = [...FAULT_KINDS, ...Object.keys(JEPSEN)].join(', ');
    throw new UserError(
      `--nemesis does not know "${item}".`,
      `Kinds: ${known}; none; all; swarm. A shape follows a colon: partition:halves.`,
    );
  }
  const shapes = (list ?? single ?? '')
    .split(',')
    .map((shape) => shape.trim())
    .filter((shape) => shape !== '');
  if (shapes.length === 0) return { ...wholeKind(kind), asked: true };
  for (const shape of shapes) {
    if (SHAPES[kind][shape] === undefined) {
      throw new UserError(
        `${kind} has no shape "${shape}".`,
        `Shapes of ${kind}: ${shapeNames(kind).join(', ')}.`,
      );
    }
  }
  return { kind, shapes: [...new Set(shapes)], shapesNamed: true, asked: true };
}

function wholeKind(kind: FaultKind): FaultChoice {
  const shapes = shapeNames(kind).filter((shape) => !ONLY_BY_NAME.has(`${kind}:${shape}`));
  return { kind, shapes, shapesNamed: false, asked: false };
}

/** One choice per kind, in the order of the kinds: the order of the words decides nothing. */
function merge(choices: readonly FaultChoice[]): FaultChoice[] {
  return FAULT_KINDS.flatMap((kind) => {
    const same = choices.filter((choice) => choice.kind === kind);
    const [first] = same;
    if (first === undefined) return [];
    const whole = same.some((choice) => !choice.shapesNamed);
    const wanted = new Set(same.flatMap((choice) => choice.shapes));
    const shapes = shapeNames(kind).filter((shape) => wanted.has(shape));
    const asked = same.some((choice) => choice.asked);
    return [{ kind, shapes, shapesNamed: !whole, asked, ...(first.swarm && { swarm: true }) }];
  });
}
