/**
 * The script of the pages. It holds no data: it moves what the drawing shows along the time axis (drag,
 * buttons, plus and minus, arrows, 0), shows one step of a walk at a time, and says of what is pointed at
 * or focused what its title says, and what the step says of it. The page is whole without it.
 */

/** The text of a `<script>` element. Plain browser code; positions are those of the drawing. */
export const PAGE_SCRIPT = `'use strict';
document.documentElement.classList.add('scripted');
const NS = 'http://www.w3.org/2000/svg';
const num = (e, name) => Number(e.getAttribute(name));

for (const out of document.querySelectorAll('.detail')) {
  const root = out.closest('.case') || out.closest('section');
  const say = (event) => {
    const found = event.target.closest && event.target.closest('g,rect,line,text');
    const holder = found && (found.querySelector(':scope > title') ? found : found.closest('g'));
    const title = holder && holder.querySelector(':scope > title');
    if (!title) return;
    const own = holder.dataset.op && root.querySelector('.steps > .on [data-op="' + holder.dataset.op + '"]');
    out.textContent = title.textContent + (own ? ' At this step: ' + own.innerText.replace(/\\s+/g, ' ') + '.' : '');
  };
  root.addEventListener('pointerover', say);
  root.addEventListener('focusin', say);
}

// Where there is no room for the whole window, what cannot be placed is what is seen first.
for (const bar of document.querySelectorAll('.op.marked rect')) {
  const svg = bar.closest('svg.window'), box = svg && svg.parentElement;
  if (!box || box.scrollWidth <= box.clientWidth) continue;
  const scale = box.scrollWidth / svg.viewBox.baseVal.width;
  box.scrollLeft = (num(bar, 'x') + num(bar, 'width') / 2) * scale - box.clientWidth / 2;
}

for (const walk of document.querySelectorAll('.walk')) stepper(walk);

function stepper(walk) {
  const steps = [...walk.querySelectorAll('.steps > li')];
  const range = walk.querySelector('input'), count = walk.querySelector('.step-count');
  const svg = walk.closest('.case').querySelector('svg.window'), now = svg.querySelector('.now');
  const first = walk.querySelector('.steps').start;
  const of = (text) => (text === '' ? [] : text.split(' '));
  function show(at) {
    steps.forEach((step, i) => step.classList.toggle('on', i === at));
    range.value = at;
    const { x, running } = steps[at].dataset;
    count.textContent = 'step ' + (first + at) + ' of ' + (first + steps.length - 1);
    range.setAttribute('aria-valuetext', count.textContent);
    const done = new Set(steps.slice(0, at + 1).map((step) => step.dataset.answered));
    const later = new Set(steps.flatMap((step) => [step.dataset.answered, ...of(step.dataset.running)]));
    for (const bar of svg.querySelectorAll('[data-op]')) {
      const { op } = bar.dataset;
      const open = of(running).includes(op);
      bar.classList.toggle('running', open);
      bar.classList.toggle('later', later.has(op) && !open && !done.has(op));
    }
    now.setAttribute('visibility', x === '' ? 'hidden' : 'visible');
    now.setAttribute('x1', x || 0);
    now.setAttribute('x2', x || 0);
  }
  const move = (by) => show(Math.min(steps.length - 1, Math.max(0, Number(range.value) + by)));
  range.addEventListener('input', () => move(0));
  for (const button of walk.querySelectorAll('button')) button.addEventListener('click', () => move(Number(button.dataset.by)));
  show(steps.length - 1);
}

for (const svg of document.querySelectorAll('svg.zoomable')) zoomable(svg);

function zoomable(svg) {
  const left = Number(svg.dataset.left), right = Number(svg.dataset.right);
  const top = Number(svg.dataset.top), bottom = Number(svg.dataset.bottom);
  const end = Number(svg.dataset.end), width = right - left;
  let view = [0, end];
  const moved = [];
  for (const e of svg.querySelectorAll('rect,line,text,path')) {
    if (e.closest('clipPath') || e.classList.contains('label')) continue;
    const tag = e.tagName;
    if (tag === 'line' && e.getAttribute('y1') === e.getAttribute('y2')) continue;
    if (tag === 'text' && num(e, 'x') < left) continue;
    if (tag === 'path') {
      const g = document.createElementNS(NS, 'g');
      g.setAttribute('clip-path', 'url(#plot)');
      e.replaceWith(g);
      g.append(e);
    }
    const timed = e.classList.contains('tick') || (e.classList.contains('grid') && tag === 'line');
    moved.push({ e, tag, timed, x: num(e, tag === 'line' ? 'x1' : 'x'), w: num(e, 'width') });
  }
  const axis = document.createElementNS(NS, 'g');
  svg.prepend(axis);
  const brush = document.createElementNS(NS, 'rect');
  brush.setAttribute('class', 'brush');
  svg.append(brush);
  const visible = (e, on) => e.setAttribute('visibility', on ? 'visible' : 'hidden');

  function show(from, to) {
    const span = Math.min(end, Math.max(to - from, end / 5000));
    const start = Math.min(Math.max(0, from), end - span);
    view = [start, start + span];
    const k = end / span, shift = (start / end) * width;
    const at = (x) => left + (x - left - shift) * k;
    const whole = k < 1.0001;
    for (const { e, tag, timed, x, w } of moved) {
      if (timed) { visible(e, whole); continue; }
      if (tag === 'path') {
        e.setAttribute('transform', 'matrix(' + k + ' 0 0 1 ' + (left - (left + shift) * k) + ' 0)');
      } else if (tag === 'rect') {
        const a = Math.max(left, at(x)), b = Math.min(right, at(x + w));
        visible(e, b >= a);
        e.setAttribute('x', a);
        e.setAttribute('width', Math.max(0, b - a));
      } else {
        const to = e.classList.contains('name') ? Math.max(left, at(x)) : e.classList.contains('own') ? at(x - 2) + 2 : at(x);
        visible(e, to >= left && to <= right);
        e.setAttribute(tag === 'line' ? 'x1' : 'x', to);
        if (tag === 'line') e.setAttribute('x2', to);
      }
    }
    for (const g of svg.querySelectorAll('g.fault')) {
      const bar = g.querySelector('rect'), name = g.querySelector('text');
      visible(name, bar.getAttribute('visibility') !== 'hidden');
    }
    axis.replaceChildren();
    if (!whole) drawAxis(at, start, span);
  }

  function drawAxis(at, start, span) {
    const rough = span / 8, power = 10 ** Math.floor(Math.log10(rough));
    const step = ([1, 2, 5].find((d) => d * power >= rough) || 10) * power;
    const digits = Math.max(0, -Math.floor(Math.log10(step)));
    for (let s = Math.ceil(start / step) * step; s <= start + span + 1e-9; s += step) {
      const x = at(left + (s / end) * width);
      const line = document.createElementNS(NS, 'line');
      for (const [name, value] of [['class', 'grid'], ['x1', x], ['x2', x], ['y1', top], ['y2', bottom]]) line.setAttribute(name, value);
      const text = document.createElementNS(NS, 'text');
      for (const [name, value] of [['class', 'tick'], ['x', x], ['y', bottom + 16], ['text-anchor', 'middle']]) text.setAttribute(name, value);
      text.textContent = s.toFixed(digits);
      axis.append(line, text);
    }
  }

  const zoom = (by) => {
    const middle = (view[0] + view[1]) / 2, half = (view[1] - view[0]) / 2 / by;
    show(middle - half, middle + half);
  };
  const pan = (by) => {
    const d = (view[1] - view[0]) * by;
    const start = Math.min(Math.max(0, view[0] + d), end - (view[1] - view[0]));
    show(start, start + view[1] - view[0]);
  };
  const keys = { '+': () => zoom(2), '=': () => zoom(2), '-': () => zoom(0.5), ArrowLeft: () => pan(-0.25), ArrowRight: () => pan(0.25), '0': () => show(0, end), Escape: () => show(0, end) };
  svg.addEventListener('keydown', (event) => {
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });
  const tools = svg.closest('section').querySelector('.tools');
  for (const button of tools ? tools.querySelectorAll('button') : []) button.addEventListener('click', () => keys[button.dataset.key]());

  const timeAt = (event) => {
    const box = svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
    return [Math.min(right, Math.max(left, x)), view[0] + ((Math.min(right, Math.max(left, x)) - left) / width) * (view[1] - view[0])];
  };
  let from;
  svg.addEventListener('pointerdown', (event) => { if (event.button === 0 && event.pointerType !== 'touch') from = timeAt(event); });
  svg.addEventListener('pointermove', (event) => {
    if (!from) return;
    const [x] = timeAt(event);
    for (const [name, value] of [['x', Math.min(x, from[0])], ['width', Math.abs(x - from[0])], ['y', top], ['height', bottom - top]]) brush.setAttribute(name, value);
  });
  addEventListener('pointerup', (event) => {
    if (!from) return;
    const [x, time] = timeAt(event), begun = from;
    from = undefined;
    brush.setAttribute('width', 0);
    if (Math.abs(x - begun[0]) > 4) show(Math.min(time, begun[1]), Math.max(time, begun[1]));
  });
  svg.addEventListener('dblclick', () => show(0, end));
}
`;
