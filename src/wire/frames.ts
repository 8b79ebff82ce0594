/**
 * Frames between replicas: `u32 length | u8 kind | payload`, little-endian, length counts kind and
 * payload. Kinds below 16 are link control, from 16 on one protocol message each.
 */
export const PROTOCOL_KIND = 16;

/** Largest frame that is accepted, in bytes. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024;

/** What the link proxy must know to find frames in a stream of bytes. */
export interface FrameFormat {
  readonly headerBytes: number;
  /** Whole length of the frame that starts at `at`, header included; undefined: garbage. */
  frameBytes(header: Uint8Array, at: number): number | undefined;
  /** True: part of the protocol; false: link control, which message faults let pass. */
  isProtocol(frame: Uint8Array, at: number): boolean;
  /** For reports: `INV`, `ACK`, … */
  name(frame: Uint8Array, at: number): string;
}
