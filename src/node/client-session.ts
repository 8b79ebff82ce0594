/** What a connection says of itself, and what `CLIENT` tells of it. */
import type { RespVersion } from '../wire/resp.ts';

export interface ClientSession {
  readonly id: number;
  readonly address: string;
  readonly sinceMs: number;
  version: RespVersion;
  name: string;
  libName: string;
  libVersion: string;
}

export function newSession(id: number, address: string): ClientSession {
  return {
    id,
    address,
    sinceMs: performance.now(),
    version: 2,
    name: '',
    libName: '',
    libVersion: '',
  };
}

/** One line as `CLIENT LIST` prints it. */
export function describeSession(s: ClientSession): string {
  const age = Math.floor((performance.now() - s.sinceMs) / 1000);
  return `id=${s.id} addr=${s.address} name=${s.name} age=${age} db=0 resp=${s.version} lib-name=${s.libName} lib-ver=${s.libVersion}`;
}
