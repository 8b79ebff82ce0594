/**
 * The flags of a replica: one table for the entry of a replica process, for `hermes replica`, and for
 * `--config FILE`, whose JSON has the same names.
 */
export interface ReplicaFlag {
  readonly name: string;
  readonly char?: 'v';
  /** `switch`: present or not; `count`: `-v`, `-vv`; `text`: takes a value. */
  readonly type: 'text' | 'switch' | 'count';
  readonly value?: string;
  readonly about: string;
}

export const REPLICA_FLAGS: readonly ReplicaFlag[] = [
  { name: 'id', type: 'text', value: 'N', about: 'number of this replica: 1 is n1' },
  {
    name: 'peers',
    type: 'text',
    value: '2=HOST:PORT,…',
    about: 'addresses at which the other replicas listen to replicas',
  },
  {
    name: 'acceptors',
    type: 'text',
    value: '1,2,…',
    about:
      "numbers of the cluster's first replicas, which decide on its views (default: this one and its peers)",
  },
  { name: 'data', type: 'text', value: 'DIR', about: 'folder of its own for identity and log' },
  {
    name: 'bootstrap',
    type: 'switch',
    about: 'first start of a new cluster; wants an empty folder',
  },
  {
    name: 'listen',
    type: 'text',
    value: 'HOST:PORT|none',
    about: 'where clients are listened to (default 127.0.0.1:7400+N)',
  },
  {
    name: 'socket',
    type: 'text',
    value: 'PATH',
    about: 'unix socket on which clients are listened to as well',
  },
  {
    name: 'peer-listen',
    type: 'text',
    value: 'HOST:PORT',
    about: 'where replicas are listened to (default 127.0.0.1:7500+N)',
  },
  {
    name: 'cluster',
    type: 'text',
    value: 'NAME',
    about: 'name of the cluster: only replicas of one name link (default hermes)',
  },
  { name: 'protocol', type: 'text', value: 'NAME', about: 'replication protocol (default hermes)' },
  {
    name: 'secret-file',
    type: 'text',
    value: 'FILE',
    about:
      'file whose first line is the secret of the cluster (or HERMES_SECRET in the environment)',
  },
  {
    name: 'secret-stdin',
    type: 'switch',
    about: 'first line of stdin is the secret, the end of stdin ends the replica',
  },
  {
    name: 'op-timeout-ms',
    type: 'text',
    value: 'MS',
    about: 'deadline of an operation (default 1000)',
  },
  {
    name: 'time-scale',
    type: 'text',
    value: 'X',
    about: 'all timers of protocol and links times X (default 1)',
  },
  {
    name: 'bug',
    type: 'text',
    value: 'NAME,…',
    about: 'planted bugs, by name or number (see hermes bugs)',
  },
  {
    name: 'option',
    type: 'text',
    value: 'NAME=VALUE,…',
    about: 'options of the protocol: on, off, or a number',
  },
  {
    name: 'seed',
    type: 'text',
    value: 'N',
    about: "seed of the protocol's chance (default: random)",
  },
  {
    name: 'fault-points',
    type: 'switch',
    about: 'for tests: HERMES FAULT may disturb its clock and its disk',
  },
  {
    name: 'trace',
    type: 'text',
    value: 'FILE',
    about: 'every message, change of a key and step goes to this file (hermes diagram)',
  },
  { name: 'config', type: 'text', value: 'FILE', about: 'JSON with these names; flags win' },
  {
    name: 'verbose',
    char: 'v',
    type: 'count',
    about: 'log changes of state (-v), every message (-vv)',
  },
];
