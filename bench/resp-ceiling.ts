/**
 * The ceiling for a replica in Node: a RESP server without replication in one process, with our own
 * parser and one write per turn. What it cannot do, no replica on it can.
 *
 *     node bench/resp-ceiling.ts PORT
 */
import { createServer } from 'node:net';
import { Writer } from '../src/base/bytes.ts';
import { RequestParser } from '../src/wire/resp-request.ts';
import { writeBulk, writeNull, writeOk, writeReply } from '../src/wire/resp-write.ts';

const data = new Map<string, Buffer>();

const server = createServer((socket) => {
  const parser = new RequestParser();
  const out = new Writer(1024);
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (piece: Buffer) => {
    parser.push(piece);
    for (let args = parser.next(); args !== undefined; args = parser.next()) answer(args, out);
    socket.write(Buffer.from(out.view()));
    out.reset();
  });
});

function answer(args: readonly Buffer[], out: Writer): void {
  const [name, key, value] = args as [Buffer, Buffer | undefined, Buffer | undefined];
  switch (name.toString('latin1').toUpperCase()) {
    case 'SET':
      data.set((key as Buffer).toString('latin1'), Buffer.from(value as Buffer));
      return writeOk(out);
    case 'GET': {
      const found = data.get((key as Buffer).toString('latin1'));
      return found === undefined ? writeNull(out, 2) : writeBulk(out, found);
    }
    default:
      return writeReply(out, { type: 'array', items: [] }, 2);
  }
}

server.listen(Number(process.argv[2]), '127.0.0.1');
