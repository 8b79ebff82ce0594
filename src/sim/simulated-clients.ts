/**
 * The clients of a scenario: each asks its node, waits for the answer, thinks, and asks again.
 */
import type { Op, Outcome } from '../base/operation.ts';
import { BACK_OFF } from '../base/outcomes.ts';
import { random, type Random } from '../base/random.ts';
import type { Driver } from './driver.ts';
import { Requests } from './requests.ts';
import type { Scenario } from './scenario.ts';

export class SimulatedClients {
  readonly #driver: Driver;
  readonly #scenario: Scenario;
  readonly #requests: Requests;
  readonly #random: Random;
  readonly #asked = new Map<number, { readonly client: number; readonly op: Op }>();
  /** How often each client changed its node. */
  readonly #moves: number[] = [];
  #left: number;

  constructor(driver: Driver, scenario: Scenario) {
    const of = random(scenario.seed);
    this.#driver = driver;
    this.#scenario = scenario;
    this.#requests = new Requests(
      scenario.world.keys,
      scenario.mix,
      of.split('requests of clients'),
    );
    this.#random = of.split('thinking');
    this.#left = scenario.requests;
    driver.onAnswer = (request, outcome) => this.#answered(request, outcome);
    for (let client = 0; client < scenario.clients; client++) this.#askLater(client);
  }

  /** True: all requests were made and answered. */
  get done(): boolean {
    return this.#left === 0 && this.#driver.world.ledger.open.size === 0;
  }

  #askLater(client: number): void {
    const { thinkUs } = this.#scenario;
    const wait = thinkUs === 0 ? 0 : this.#random.below(thinkUs);
    this.#driver.at(this.#driver.world.atUs + wait, () => this.#ask(client));
  }

  /** The node does not serve: the client goes to the next one, after a while. */
  #moveOn(client: number): void {
    const { backOffUs, world } = this.#scenario;
    this.#moves[client] = (this.#moves[client] ?? 0) + 1;
    if (backOffUs !== undefined) this.#left++;
    const waitUs = backOffUs ?? world.timing.roundTripUs;
    this.#driver.at(this.#driver.world.atUs + waitUs, () => this.#ask(client));
  }

  #ask(client: number): void {
    if (this.#left === 0) return;
    const { world } = this.#driver;
    const { deadlineUs, patienceUs, thinkUs } = this.#scenario;
    const { homes, world: config } = this.#scenario;
    const node = ((client % homes) + (this.#moves[client] ?? 0)) % config.nodes;
    const id = world.stepId + 1;
    const op = this.#requests.next();
    // Put down first: the answer may come within the step that asks.
    this.#asked.set(id, { client, op });
    if (world.request(node, client, op, deadlineUs)) {
      this.#left--;
      if (patienceUs > 0) this.#driver.at(world.atUs + patienceUs, () => world.gone(id));
    } else {
      this.#asked.delete(id);
      this.#driver.at(world.atUs + Math.max(1000, thinkUs), () => this.#ask(client));
    }
  }

  #answered(request: number, outcome: Outcome): void {
    const asked = this.#asked.get(request);
    if (!asked) return;
    this.#asked.delete(request);
    this.#requests.saw(asked.op, outcome);
    if (outcome.type === 'fail' && BACK_OFF.has(outcome.error.split(' ')[0] as string))
      this.#moveOn(asked.client);
    else this.#askLater(asked.client);
  }
}
