/**
 * iptables in memory, as far as faults use it: what the kernel refuses is refused here too, and a
 * refused text changes nothing.
 */
import type { Site } from './site.ts';

interface Table {
  /** Lines of each chain, in order. */
  readonly chains: Map<string, string[]>;
}

export class PretendedIptables implements Site {
  readonly device = 'eth0';
  readonly calls: string[] = [];
  /** Says why a command at a node fails; undefined: it does not. `late`: it fails after it was done. */
  refuse: (node: string, command: string) => { why: string; late?: boolean } | undefined = () =>
    undefined;
  readonly #tables = new Map<string, Table>();

  addresses(node: string): readonly string[] {
    return [`10.0.0.${node.slice(1)}`];
  }

  async run(node: string, argv: readonly string[], input = ''): Promise<string> {
    const command = argv[0] ?? '';
    this.calls.push(`${node} ${command}`);
    const refused = this.refuse(node, command);
    if (refused !== undefined && refused.late !== true) throw new Error(refused.why);
    const said = command.endsWith('-save') ? this.#save(node) : this.#restore(node, input);
    if (refused !== undefined) throw new Error(refused.why);
    return said;
  }

  /** The network of a node is made anew. */
  reset(node: string): void {
    this.#tables.delete(node);
  }

  /** All rules of a node: `CHAIN rule`. */
  rules(node: string): string[] {
    return [...this.#table(node).chains].flatMap(([chain, lines]) =>
      lines.map((line) => `${chain} ${line}`),
    );
  }

  #table(node: string): Table {
    const table = this.#tables.get(node) ?? {
      chains: new Map([
        ['INPUT', []],
        ['OUTPUT', []],
      ]),
    };
    this.#tables.set(node, table);
    return table;
  }

  #save(node: string): string {
    const { chains } = this.#table(node);
    const names = [...chains.keys()].map((name) => `:${name} - [0:0]`);
    const lines = [...chains].flatMap(([name, rules]) =>
      rules.map((rule) => `[2:120] -A ${name} ${rule}`),
    );
    return ['*filter', ...names, ...lines, 'COMMIT', ''].join('\n');
  }

  #restore(node: string, input: string): string {
    const chains = new Map(
      [...this.#table(node).chains].map(([name, rules]) => [name, [...rules]]),
    );
    for (const line of input.split('\n')) change(chains, line);
    this.#tables.set(node, { chains });
    return '';
  }
}

function change(chains: Map<string, string[]>, line: string): void {
  const made = /^:(\S+)/.exec(line)?.[1];
  if (made !== undefined) return void chains.set(made, []);
  const [, flag, name = '', rule = ''] = /^-(\w) (\S+) ?(.*)$/.exec(line) ?? [];
  if (flag === undefined) return;
  const rules = chains.get(name);
  if (rules === undefined) throw new Error(`Chain '${name}' does not exist`);
  if (flag === 'A') rules.push(rule);
  else if (flag === 'I') rules.unshift(rule);
  else if (flag === 'F') rules.length = 0;
  else if (flag === 'D') {
    if (!rules.includes(rule))
      throw new Error('Bad rule (does a matching rule exist in that chain?)');
    rules.splice(rules.indexOf(rule), 1);
  } else {
    if ([...chains.values()].some((all) => all.includes(`-j ${name}`)))
      throw new Error(`CHAIN_DEL failed (Device or resource busy): chain ${name}`);
    chains.delete(name);
  }
}
