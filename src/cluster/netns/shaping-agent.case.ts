/** A program at a node of the shaping lab: sends numbered datagrams, and takes down which came when. Test only. */
import { createSocket, type Socket } from 'node:dgram';

const PORT = 7002;

/** So many datagrams of so many bytes to each address, with a pause after each round. */
export interface Burst {
  readonly count: number;
  readonly gapMs: number;
  readonly bytes: number;
}

/** A datagram that came: its number, how long it took, and whether it came as it was sent. */
export interface Arrival {
  readonly number: number;
  readonly ms: number;
  readonly intact: boolean;
}

export type Order =
  | {
      readonly number: number;
      readonly type: 'send';
      readonly to: readonly string[];
      readonly burst: Burst;
    }
  | { readonly number: number; readonly type: 'take' | 'count' };

const HEAD_BYTES = 12;
const FILLER = 0xa5;

/** Microseconds of the clock that all processes of a machine share. */
const nowUs = (): bigint => process.hrtime.bigint() / 1000n;

export class Listener {
  readonly socket: Socket;
  #arrivals: Arrival[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('message', (bytes) => {
      const ms = Number(nowUs() - bytes.readBigUInt64LE(4)) / 1000;
      const intact = bytes.subarray(HEAD_BYTES).every((byte) => byte === FILLER);
      this.#arrivals.push({ number: bytes.readUInt32LE(0), ms, intact });
    });
  }

  static async open(address: string): Promise<Listener> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
    await new Promise<void>((resolve) => socket.bind(PORT, address, resolve));
    return new Listener(socket);
  }

  get count(): number {
    return this.#arrivals.length;
  }

  /** What came since it was last asked. */
  take(): Arrival[] {
    const taken = this.#arrivals;
    this.#arrivals = [];
    return taken;
  }
}

async function send(socket: Socket, to: readonly string[], burst: Burst): Promise<void> {
  for (let number = 0; number < burst.count; number++) {
    for (const address of to) {
      const bytes = Buffer.alloc(burst.bytes, FILLER);
      bytes.writeUInt32LE(number, 0);
      bytes.writeBigUInt64LE(nowUs(), 4);
      socket.send(bytes, PORT, address);
    }
    if (burst.gapMs > 0) await new Promise((resolve) => setTimeout(resolve, burst.gapMs));
  }
}

if (import.meta.main) {
  const listener = await Listener.open(process.argv[2] as string);
  process.on('message', (order: Order) => {
    const answer = (value: unknown): void =>
      void process.send?.({ number: order.number, answer: value });
    if (order.type === 'send')
      void send(listener.socket, order.to, order.burst).then(() => answer(null));
    else answer(order.type === 'take' ? listener.take() : listener.count);
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.({ number: 0 });
}
