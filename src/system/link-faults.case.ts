/**
 * What every runtime's link faults must do: each shape that a system claims is injected, and what it does to
 * operations is measured; each that it does not claim is refused with the reason. A runtime's test file
 * calls `linksConform` with a way to open a system of three nodes.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NodeName, Outcome } from '../base/operation.ts';
import type { Fault, FaultReport, Link } from '../faults/fault.ts';
import type { System } from './system.ts';

export interface LinkConformance {
  readonly name: string;
  /** Three nodes named n1 to n3 that keep registers. */
  open(): Promise<System>;
  /** Why this machine cannot run it at all; undefined: it can. */
  readonly unavailable?: string | undefined;
}

const NODES: readonly NodeName[] = ['n1', 'n2', 'n3'];
const LINKS: readonly Link[] = NODES.flatMap((from) =>
  NODES.filter((to) => to !== from).map((to): Link => [from, to]),
);
const MS = 1e6;

/** A write is acknowledged after one message to the others and one back. */
const TRIPS = 2;
const KBIT = 512;
const BYTES_PER_MS = KBIT / 8;
/** So much may pass a limited link at once. */
const BURST_BYTES = 3_200;
/** Heartbeats wait behind it: more would cost a node its lease, and its membership. */
const BIG_BYTES = 3_000;
const BIG_VALUE = 'x'.repeat(BIG_BYTES);

/** Shapes of single packets, with what proves them. TCP mends them all: operations go on. */
const PACKETS = [
  ['reorder', { percent: 30, delayMs: 15 }, 'packetsReordered'],
  ['duplicate', { percent: 40 }, 'packetsDuplicated'],
  ['corrupt', { percent: 8 }, 'packetsExposed'],
] as const;

/** Registers the suite with vitest. */
export function linksConform({ name, open, unavailable }: LinkConformance): void {
  const why = unavailable === undefined ? '' : ` (skipped: ${unavailable})`;
  describe.skipIf(unavailable !== undefined)(`links of ${name} conform${why}`, () => {
    let it: Hands;
    beforeAll(async () => {
      it = new Hands(await open());
    });
    afterAll(() => it.system.stop());

    /** A test of a shape; where the system does not claim it, that it is refused. */
    const check = (shape: string, title: string, body: () => Promise<void>): void =>
      test(`${shape}: ${title}, or refused with the reason`, async () => {
        const unable = it.system.capabilities[`link:${shape}`];
        if (unable === undefined) return body();
        expect(unable).toMatch(/\w+ \w+/);
        const report = await it.inject(shape, {});
        expect(report).toMatchObject({ bitten: false, error: expect.stringMatching(/\w+ \w+/) });
        // Nothing of it is on.
        expect((await it.undo()).error).toMatch(/no fault 1/);
      });

    check('delay', 'no write is quicker than its messages, and afterwards one is', async () => {
      for (const distribution of [0, 1, 2]) {
        const params = { delayMs: 60, jitterMs: distribution === 0 ? 0 : 6, distribution };
        const report = await it.inject('delay', params);
        expect(report.error).toBeUndefined();
        // A normal law may draw up to four jitters less, in every trip.
        const least = TRIPS * (60 - 4 * params.jitterMs);
        for (const ms of await it.writes(3)) expect(ms).toBeGreaterThanOrEqual(least);
        const last = await it.undo();
        expect(last.bitten).toBe(true);
        expect(await it.quickest(least)).toBeLessThan(least);
      }
    });

    check('delay', 'of one direction adds itself once', async () => {
      await it.inject('delay', { delayMs: 80, jitterMs: 0 }, [
        ['n1', 'n2'],
        ['n1', 'n3'],
      ]);
      const times = await it.writes(3);
      for (const ms of times) expect(ms).toBeGreaterThanOrEqual(80);
      expect(await it.quickest(160)).toBeLessThan(160);
      await it.undo();
    });

    check('rate', 'what is too much for it takes its time', async () => {
      const count = 12;
      const report = await it.inject('rate', { kbit: KBIT });
      expect(report.error).toBeUndefined();
      const [first = 0, ...rest] = await it.writes(count, BIG_VALUE);
      const least = (count * BIG_BYTES - BURST_BYTES) / BYTES_PER_MS;
      expect(rest.reduce((sum, ms) => sum + ms, first)).toBeGreaterThanOrEqual(least);
      expect((await it.undo()).bitten).toBe(true);
      expect(await it.quickest(BIG_BYTES / BYTES_PER_MS, BIG_VALUE)).toBeLessThan(
        BIG_BYTES / BYTES_PER_MS,
      );
    });

    check('delay', 'two add up; one undone, the other goes on', async () => {
      await it.inject('delay', { delayMs: 40, jitterMs: 0 }, LINKS, 1);
      await it.inject('delay', { delayMs: 50, jitterMs: 0 }, LINKS, 2);
      for (const ms of await it.writes(2)) expect(ms).toBeGreaterThanOrEqual(TRIPS * 90);
      expect((await it.undo(1)).bitten).toBe(true);
      for (const ms of await it.writes(2)) expect(ms).toBeGreaterThanOrEqual(TRIPS * 50);
      expect(await it.quickest(TRIPS * 90)).toBeLessThan(TRIPS * 90);
      expect((await it.undo(2)).bitten).toBe(true);
    });

    for (const [shape, params, counter] of PACKETS)
      check(shape, 'counted, and mended by TCP', async () => {
        expect((await it.inject(shape, params)).error).toBeUndefined();
        await it.writes(40);
        const last = await it.undo();
        // A kernel that copies by netem does not count the copies.
        const counted = last.counters[counter] ?? last.counters['packetsExposed'] ?? 0;
        expect(counted).toBeGreaterThan(0);
        expect(last.bitten).toBe(true);
        await it.writes(1);
      });
  });
}

/** Operations and faults of one system, one after another. */
class Hands {
  readonly system: System;
  #key = 0;

  constructor(system: System) {
    this.system = system;
  }

  inject(
    shape: string,
    params: Readonly<Record<string, number>>,
    links: readonly Link[] = LINKS,
    id = 1,
  ): Promise<FaultReport> {
    const fault: Fault = { id, kind: 'link', shape, atNs: 0, forNs: 0, nodes: [], links, params };
    return new Promise((done) => this.system.inject(fault, done));
  }

  undo(id = 1): Promise<FaultReport> {
    return new Promise((done) => this.system.undo(id, done));
  }

  /** So many writes at n1 that were acknowledged, one after another, and how many ms each took. */
  async writes(count: number, value: number | string = 1): Promise<number[]> {
    const session = this.system.session('n1');
    const times: number[] = [];
    try {
      await new Promise<void>((done) => session.onUp(done));
      for (let tries = 0; times.length < count && tries < count + 40; tries++) {
        const began = this.system.nowNs();
        const op = { f: 'write', key: ++this.#key, value };
        const outcome = await new Promise<Outcome>((done) => session.submit(op, done));
        if (outcome.type === 'ok') times.push((this.system.nowNs() - began) / MS);
        // A connection may have to be made again.
        else await new Promise<void>((done) => void this.system.at(began + 100 * MS, done));
      }
    } finally {
      session.close();
    }
    expect(times).toHaveLength(count);
    return times;
  }

  /** The quickest write: of as many as it takes to be quicker than so many ms, 30 at most. */
  async quickest(thanMs: number, value: number | string = 1): Promise<number> {
    let least = Number.POSITIVE_INFINITY;
    for (let tries = 0; tries < 30 && least >= thanMs; tries++)
      least = Math.min(least, ...(await this.writes(1, value)));
    return least;
  }
}
