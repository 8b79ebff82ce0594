/**
 * A program at a node of the lab: takes datagrams and connections, and reports what came. Test only.
 */
import { createSocket } from 'node:dgram';
import { connect, createServer, type Socket } from 'node:net';

/** The port of everything in the lab. */
export const LAB_PORT = 7001;

export type ToAgent =
  | { readonly type: 'send'; readonly to: string; readonly texts: readonly string[] }
  | { readonly type: 'dial'; readonly to: string };
export type FromAgent =
  | { readonly type: 'ready' }
  | { readonly type: 'datagram' | 'connected' | 'closed'; readonly text: string };

function report(message: FromAgent): void {
  process.send?.(message);
}

async function agent(address: string): Promise<void> {
  const watch = (socket: Socket, text: string): void => {
    socket.on('error', () => {});
    socket.on('close', () => report({ type: 'closed', text }));
  };
  const udp = createSocket('udp4');
  udp.on('message', (text) => report({ type: 'datagram', text: text.toString() }));
  await new Promise<void>((resolve) => udp.bind(LAB_PORT, address, resolve));
  const tcp = createServer((socket) => watch(socket, `${socket.remoteAddress} at ${address}`));
  await new Promise<void>((resolve) => tcp.listen(LAB_PORT, address, resolve));
  process.on('message', (order: ToAgent) => {
    // One datagram after another: their order is what a burst is told by.
    if (order.type === 'send') for (const text of order.texts) udp.send(text, LAB_PORT, order.to);
    else {
      const text = `${address} to ${order.to}`;
      const socket = connect(LAB_PORT, order.to, () => report({ type: 'connected', text }));
      watch(socket, text);
    }
  });
  report({ type: 'ready' });
}

if (import.meta.main) await agent(process.argv[2] as string);
