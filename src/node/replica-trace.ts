/** The trace of a replica while it is on: what its machine is given and asks for, as lines of a file. */
import type { NodeId } from '../base/operation.ts';
import type { Protocol } from '../protocols/machine.ts';
import { MachineTrace } from '../trace/machine-trace.ts';
import { TraceFile } from './trace-file.ts';

export interface ReplicaTraceOptions {
  readonly protocol: Protocol;
  readonly node: NodeId;
  readonly path: string;
  /** The file takes no more: the trace is over. */
  readonly onEnd: (why: string) => void;
}

export class ReplicaTrace {
  /** Told of all that the machine is given and asks for. */
  readonly machine: MachineTrace;
  readonly #file: TraceFile;

  /** Goes on in the file of an earlier life. Throws a `UserError` where none can be written. */
  constructor({ protocol, node, path, onEnd }: ReplicaTraceOptions) {
    this.#file = new TraceFile(path, onEnd);
    this.machine = new MachineTrace({
      protocol,
      node,
      trueUs: () => Number(process.hrtime.bigint() / 1000n),
      emit: (event) => this.#file.write(event),
    });
  }

  /** At the end of a turn. */
  flush(): void {
    this.#file.flush();
  }

  close(): void {
    this.#file.close();
  }
}
