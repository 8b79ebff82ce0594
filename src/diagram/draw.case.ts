/** A write whose coordinator dies before everybody has heard of its end: a trace with one of everything. */
import type { TraceEvent } from '../base/trace-event.ts';

const INV = { kind: 'INV', key: 'k0', ts: '1.0', text: '="7"' } as const;
const ACK = { kind: 'ACK', key: 'k0', ts: '1.0' } as const;
const VAL = { kind: 'VAL', key: 'k0', ts: '1.0' } as const;

export const CRASHED_WRITE: readonly TraceEvent[] = [
  { at: 0, node: 'n1', type: 'view', epoch: 1, members: ['n1', 'n2', 'n3'], text: 'view 1' },
  { at: 0, node: 'n1', type: 'request', op: 1, client: 'c0', key: 'k0', text: 'write 7' },
  { at: 0, node: 'n1', type: 'state', key: 'k0', to: 'W', ts: '1.0', value: '7' },
  { at: 0, node: 'n1', type: 'send', id: 'a', to: 'n2', ...INV },
  { at: 0, node: 'n1', type: 'send', id: 'b', to: 'n3', ...INV },
  { at: 120, node: 'n2', type: 'receive', id: 'a', from: 'n1', ...INV },
  { at: 120, node: 'n2', type: 'state', key: 'k0', to: 'I', ts: '1.0', value: '7' },
  { at: 120, node: 'n2', type: 'send', id: 'c', to: 'n1', ...ACK },
  { at: 130, node: 'n3', type: 'receive', id: 'b', from: 'n1', ...INV },
  { at: 130, node: 'n3', type: 'state', key: 'k0', to: 'I', ts: '1.0', value: '7' },
  { at: 130, node: 'n3', type: 'send', id: 'd', to: 'n1', ...ACK },
  { at: 200, node: 'n2', type: 'request', op: 2, client: 'c1', key: 'k0', text: 'read' },
  { at: 250, node: 'n1', type: 'receive', id: 'c', from: 'n2', ...ACK },
  { at: 350, node: 'n1', type: 'receive', id: 'd', from: 'n3', ...ACK },
  { at: 350, node: 'n1', type: 'state', key: 'k0', from: 'W', to: 'V', ts: '1.0', value: '7' },
  { at: 350, node: 'n1', type: 'reply', op: 1, outcome: 'ok', text: 'ok' },
  { at: 350, node: 'n1', type: 'send', id: 'e', to: 'n2', ...VAL },
  { at: 350, node: 'n1', type: 'send', id: 'f', to: 'n3', ...VAL },
  { at: 500, node: 'n1', type: 'drop', id: 'e', to: 'n2', ...VAL },
  { at: 600, node: 'n1', type: 'crash' },
  { at: 900, node: 'n2', type: 'send', id: 'g', to: 'n3', kind: 'HB', text: '7' },
  { at: 990, node: 'n3', type: 'receive', id: 'g', from: 'n2', kind: 'HB', text: '7' },
  { at: 1600, node: 'n2', type: 'view', epoch: 2, members: ['n2', 'n3'], text: 'view 2 {n2 n3}' },
  { at: 2600, node: 'n2', type: 'timer', timer: 'replay k0' },
  { at: 2600, node: 'n2', type: 'state', key: 'k0', from: 'I', to: 'R', ts: '1.0', value: '7' },
  { at: 2600, node: 'n2', type: 'send', id: 'h', to: 'n3', ...INV, text: '="7" again epoch 2' },
  {
    at: 2800,
    node: 'n3',
    type: 'receive',
    id: 'h',
    from: 'n2',
    ...INV,
    text: '="7" again epoch 2',
  },
  { at: 2800, node: 'n3', type: 'send', id: 'i', to: 'n2', ...ACK, text: 'epoch 2' },
  { at: 2900, node: 'n2', type: 'receive', id: 'i', from: 'n3', ...ACK, text: 'epoch 2' },
  { at: 2900, node: 'n2', type: 'state', key: 'k0', from: 'R', to: 'V', ts: '1.0', value: '7' },
  { at: 2900, node: 'n2', type: 'reply', op: 2, outcome: 'ok', text: '7' },
  { at: 3100, node: 'n1', type: 'restart', incarnation: 9 },
];
