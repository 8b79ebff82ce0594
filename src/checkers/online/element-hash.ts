/** Hashes of elements: what is left of those that are the same in all reads to come. */
import type { Plain } from './online.ts';

/** 32 bits of an element. Equal elements, equal hashes. */
export function hashOf(element: Plain): number {
  if (typeof element === 'number' && Number.isInteger(element))
    return mixed(element | 0, Math.floor(element / 0x1_0000_0000) | 0);
  const text = `${typeof element} ${String(element)}`;
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = mixed(hash, text.charCodeAt(i));
  return hash;
}

/** A hash with another one taken in; the order matters. */
export function mixed(hash: number, next: number): number {
  let h = Math.imul(hash ^ next ^ 0x9e37_79b9, 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 15), 0xc2b2_ae35);
  return (h ^ (h >>> 13)) | 0;
}
