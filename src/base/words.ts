/**
 * The words of the field that our output uses, each explained in three sentences and an example. The one
 * table behind `hermes help WORD` and `docs/words.md`.
 */

export interface Word {
  readonly word: string;
  /** Other spellings under which it is found. */
  readonly also?: readonly string[];
  /** Three sentences. */
  readonly means: string;
  /** Lines shown as they are: a piece of a history, a command, a drawing. */
  readonly example: string;
}

/** Every word, in alphabetical order. */
export const WORDS: readonly Word[] = [
  {
    word: 'ACK',
    means:
      'In the Hermes protocol, a replica’s answer to an INV: "from now on I serve no older value of this key". A write is done when every other member of the view has sent one. It names the timestamp it answers, so that an answer to another update cannot count.',
    example:
      'n1 → n2 n3  INV k3 ts 4.1\nn2 → n1     ACK k3 ts 4.1\nn3 → n1     ACK k3 ts 4.1     now the write is acknowledged',
  },
  {
    word: 'add',
    means:
      'An operation that increments a counter and answers with the value after. It is a read-modify-write: two adds can never answer with the same value. Our workloads always add 1 on keys that see only add and read, so that even an add whose outcome is unknown can be judged exactly.',
    example: 'add 1 → 1     add 1 → 2     add 1 → 2   ✘ one increment was lost',
  },
  {
    word: 'anomaly',
    means:
      'Something in a history that the promised consistency forbids, under its name in the field. Each one comes with the few operations that suffice to show it and a sentence of why. An anomaly makes the verdict invalid.',
    example:
      '"anomalies": [{ "type": "nonlinearizable", "key": 3, "why": "…", "operations": [812, 815] }]',
  },
  {
    word: 'append',
    means:
      'An operation that adds an element to the end of a list. A later read shows the order in which all appends took effect, which makes lists the most telling thing to test. Our elements have one width, so that the length in a reply gives the element’s position.',
    example: 'append 7 → length 1     append 9 → length 2     read → [7 9]',
  },
  {
    word: 'bug',
    also: ['planted bug', 'mutation', 'zoo'],
    means:
      'A planted bug is a known mistake that a replica makes only when it is told to, with --bug. It shows that the tester finds what it should: a checker that never fails proves nothing. The command hermes bugs lists them with the anomaly that each must cause.',
    example: 'hermes fuzz --bug read-while-invalid --seed 4',
  },
  {
    word: 'cas',
    also: ['compare-and-set', 'mismatch'],
    means:
      'Compare-and-set: write a new value if the current one is the expected one. When it is not, the operation is recorded as fail with the error mismatch and the value that was seen. A mismatch is not a fault: it is judged like a read of that value.',
    example:
      'cas [4 9] → ok            the value was 4, now it is 9\ncas [4 7] → fail mismatch, observed 9',
  },
  {
    word: 'checker',
    means:
      'A function from a history to a verdict. It looks at nothing but the recorded operations and knows nothing of the protocol under test. The same history always gets the same verdict, whatever the machine.',
    example: 'hermes check histories/examples/valid.jsonl',
  },
  {
    word: 'coordinator',
    means:
      'The replica that a client asked, and that therefore carries out the operation. In Hermes every replica can coordinate writes to every key; there is no leader. If a coordinator stops in the middle, another replica finishes its write by a replay.',
    example: 'a client on n2 writes k1: n2 coordinates, n1 and n3 follow',
  },
  {
    word: 'crash',
    also: ['crashed'],
    means:
      'Two things bear this name: a process that ended without being told to, and in older texts an operation whose outcome is unknown (we call that info). A replica that crashes by itself makes a run invalid. The anomaly quotes its last log lines.',
    example: '✘ invalid   crash: n2 ended with code 255',
  },
  {
    word: 'disconnect',
    means:
      'A fault that breaks the TCP connections between replicas without blocking new ones. Messages under way are lost, then the link comes back. It tests that retransmission fills the gap.',
    example: 'hermes fuzz --nemesis disconnect',
  },
  {
    word: 'divergent',
    also: ['divergence'],
    means:
      'After the last fault is healed, every key is read on every node; replicas that then hold different values have diverged. It is an anomaly of its own, since clients may not have seen it yet. The evidence names each node’s value and timestamp.',
    example: '✘ invalid   divergent: key k3 is 9 on n1 and n3, 4 on n2',
  },
  {
    word: 'epoch',
    means:
      'The number of a view. Every message carries the epoch of its sender, and a message of another epoch is dropped. So a replica that was removed from the group cannot take part by accident.',
    example: 'view 4 = {n1 n3}: an ACK of n2 that says epoch 3 counts for nothing',
  },
  {
    word: 'evidence',
    also: ['witness', 'linearization'],
    means:
      'What a verdict brings along so that you need not believe the checker. A pass carries an order of all operations (a linearization) and a failure the few operations that no order explains. A second, much smaller function re-verifies either before it is printed.',
    example: 'checked      14 ms, zones on 10 keys; linearization written and verified',
  },
  {
    word: 'fail',
    means:
      'The outcome of an operation that certainly did not happen. It is only recorded where the reply proves it, such as a refusal before anything was sent to another replica. When in doubt the outcome is info.',
    example: '{"process":3,"type":"fail","f":"write","key":1,"value":9,"error":"NOTMEMBER …"}',
  },
  {
    word: 'fault-not-applied',
    means:
      'A requested kind of fault that never bit: no message was lost, no process stood still. The run then proves nothing about that fault, so its verdict is unknown. With --allow-missing-faults such a run is judged all the same.',
    example: '? unknown   fault-not-applied: partition lost no message',
  },
  {
    word: 'G-single',
    also: ['read skew', 'gsingle'],
    means:
      'A cycle of transactions with exactly one anti-dependency: one read a state that another then overwrote, and yet it must also come after it. The usual form is read skew, a transaction that sees half of another one. Snapshot isolation and everything stronger forbid it.',
    example:
      'T1: append x 3, append y 1      T2: read x [3], read y []\nT1 → T2 (T2 saw its 3)           T2 → T1 (T2 missed its 1)',
  },
  {
    word: 'gap',
    also: ['availability gap', 'recovery', 'back'],
    means:
      'How long clients of a replica that runs asked and got no answer: the time in which the service was not there. In the summary it stands beside each kind of fault, with the time from the end of the fault until all replicas served again ("back"). After a crash the gap is about the time until the crash is suspected plus what is left of the lease of the replica that crashed.',
    example: 'faults       kill       3/3 bit  gap 610 ms  back 1.02 s, worst 1.40 s',
  },
  {
    word: 'heal',
    means:
      'To undo a fault exactly: the link carries messages again, the process runs again. Each run ends with a phase that heals everything and then reads every key on every node. Cutting a link twice and healing it once leaves it cut once.',
    example: 'hermes cluster heal',
  },
  {
    word: 'history',
    also: ['histories', 'invoke'],
    means:
      'The record of a run: one line when a client invokes an operation, one when it learns the outcome. It is written while the run goes on and is all that the checker sees. Two operations are concurrent when neither’s completion stands before the other’s invoke.',
    example:
      '{"index":0,"process":3,"type":"invoke","f":"read","key":1,"value":null,"time":81032,"node":"n1"}\n{"index":1,"process":3,"type":"ok","f":"read","key":1,"value":16777216,"time":90211,"node":"n1"}',
  },
  {
    word: 'holder-gone',
    also: ['holder'],
    means:
      'The process that holds the cluster together ended in mid-run, killed from outside or by the machine. Its replicas die with it, and their addresses may soon be those of another cluster, so the run stops at once and gives no verdict. Run the seed again.',
    example: '? unknown   the holder of the cluster is gone (SIGKILL), 4.2 s into the run',
  },
  {
    word: 'incarnation',
    means:
      'The number of a node’s lives: it grows each time the node starts. Node and incarnation together are its identity, so that messages of a former life are recognised and dropped. A restarted replica has lost its memory and must not be taken for the one before.',
    example: 'n2 in its second life is (2, 1732175000000), not (2, 1)',
  },
  {
    word: 'info',
    means:
      'The outcome of an operation that may or may not have happened: the time ran out, or the connection was lost after the request was sent. It stays open for ever, so the checker must allow it to take effect at any later moment, or never. The client goes on under a new process number.',
    example: 'write 9 → info: a later read may return 9, or never see it; both are fine',
  },
  {
    word: 'INV',
    also: ['invalidate', 'invalidation'],
    means:
      'In the Hermes protocol, the message that begins a write: it carries the key, the new value and its timestamp. A replica that gets it marks its copy Invalid and serves no reads of it until the write is settled. Since it carries the value, any replica can finish the write if the coordinator stops.',
    example: 'n1 → n2 n3  INV k3 = 9, ts 4.1, epoch 1',
  },
  {
    word: 'invalid',
    also: ['nonlinearizable'],
    means:
      'The verdict on a history that no correct system could have produced, and the only reason for exit code 1. As the state of a key at a replica the word means something else: a newer write is under way there, and reads wait. The verdict comes with the key, the operations and a sentence of why.',
    example: '✘ invalid   key k3: no order of its operations explains what clients saw',
  },
  {
    word: 'kill',
    means:
      'A fault that ends processes at once (SIGKILL) and starts them again when it is over. What a replica held in memory is gone; its disk, with what it promised as an acceptor of views, is still there. The replica comes back with a new incarnation, joins, and copies the data.',
    example: 'hermes fuzz --nemesis kill:one',
  },
  {
    word: 'lease',
    means:
      'A promise with an end: until then the group will not go on without this replica, so it may answer reads alone. When it has run out the replica refuses. Without leases a replica that was cut off and replaced could serve old values for ever.',
    example: 'n1  serving    epoch 3   lease 340 ms',
  },
  {
    word: 'linearizable',
    also: ['linearizability'],
    means:
      'Each operation seems to take effect at one moment between its invoke and its completion, and every reply fits that one order. So whoever starts after your write has ended sees it or something newer, on any node. Keys are judged one by one, because a history is linearizable if and only if that of each key is.',
    example:
      'write 9 ──┘ok\n                read ──┘ 9      fine\n                read ──┘ 4      not linearizable: 4 was overwritten before',
  },
  {
    word: 'loss',
    means:
      'A fault that drops a share of the packets between replicas. TCP repeats them, so the protocol sees delay and reset connections rather than gaps. To lose single messages use the fault messages.',
    example: 'hermes fuzz --runtime netns --nemesis loss',
  },
  {
    word: 'lost',
    also: ['reset'],
    means:
      'Every member that held the data was down at one time, and since the protocol keeps data in memory it is gone. The replicas then know it and refuse every operation with LOST, rather than answer from an empty store. Only a person can accept the loss: hermes cluster reset starts a new generation of the cluster, which is empty.',
    example: 'hermes fuzz --nodes 3 --nemesis kill:all',
  },
  {
    word: 'messages',
    means:
      'A fault that loses, repeats, delays or reorders single messages between replicas. The link proxy does it, since TCP hides every such thing from the programs it connects. Several planted bugs show only then.',
    example: 'hermes fuzz --nemesis messages',
  },
  {
    word: 'model',
    means:
      'What a correct object does when it is used by one client at a time, such as a register that returns the last value written. The checker compares what concurrent clients saw with it. It is taken from the plan of a run, or inferred and printed, or set with --model.',
    example: 'hermes check --model cas-register my-history.jsonl',
  },
  {
    word: 'nemesis',
    also: ['fault', 'faults'],
    means:
      'The part of a test that breaks things while clients work: it cuts links, pauses processes, loses messages. Its schedule is drawn from the seed before the run begins. Every fault is recorded with what it did, and a fault that did nothing is told.',
    example: 'hermes fuzz --nemesis partition:[one-way,bridge],pause',
  },
  {
    word: 'netns',
    also: ['network namespace'],
    means:
      'A runtime in which every replica has a network of its own inside the Linux kernel, joined by a bridge. Faults are real packet filters there. It needs root or user namespaces, and hermes doctor says whether this machine has them.',
    example: 'hermes fuzz --runtime netns',
  },
  {
    word: 'not-recovered',
    also: ['rejoin'],
    means:
      'After all faults were healed a replica did not come back to serving in time, so nobody saw what it holds. A replica that restarts has to be taken into a new view and copy the data from another before it serves. Its log and events.jsonl say how far it came.',
    example: '? unknown   n3 (joining) did not serve again after everything was healed',
  },
  {
    word: 'ok',
    means:
      'The outcome of an operation that certainly happened, with its result. It is recorded after the whole reply was read. From that moment every later operation must take it into account.',
    example: '{"process":3,"type":"ok","f":"write","key":1,"value":16777216}',
  },
  {
    word: 'partition',
    means:
      'A fault that cuts links between replicas, so that groups of them cannot hear each other. Shapes say which: halves, one, majority, majorities-ring, bridge, one-way, or links by name. Clients keep talking to the nodes on every side.',
    example: 'hermes cluster partition n1 / n2 n3',
  },
  {
    word: 'pause',
    means:
      'A fault that stops a process for a while and lets it run again (SIGSTOP, SIGCONT). The process does not notice, but its clock has moved on. It finds programs that act on what was true before they slept.',
    example: 'hermes cluster pause n2 && hermes cluster resume n2',
  },
  {
    word: 'power',
    means:
      'A measure of what a valid verdict is worth. Violations are planted into copies of the history (a stale read, a lost update, a phantom value), and the same checker must find them. It is given as planted violations found out of those tried.',
    example: 'power        18 of 18 planted violations would have been found',
  },
  {
    word: 'process',
    means:
      'In a history, one client that does one operation after another; its number tells lines apart. After an operation with unknown outcome the client goes on under a new number, since the old one is still busy for all we know. In the list of runtimes the word means that replicas are plain processes on loopback.',
    example: 'process 3 → info, then the same client goes on as process 8 (5 clients)',
  },
  {
    word: 'register',
    means:
      'The simplest object: it holds one value, which can be read and written. Every key of the store is one. With compare-and-set it is called a cas-register.',
    example: 'hermes fuzz --workload register',
  },
  {
    word: 'replayed write',
    means:
      'A replica that waits too long for a write to be settled repeats it with the same timestamp and value, as if it were the coordinator. So a write whose coordinator stopped is finished or overtaken, never half done. Using a new timestamp instead would bring an old value back to life.',
    example: 'n3: k3 Invalid since 20 ms → INV k3 = 9, ts 4.1 (replay)',
  },
  {
    word: 'RESP',
    means:
      'The protocol of Redis, which our replicas speak towards clients in its versions 2 and 3. So redis-cli, redis-benchmark and every Redis library work unmodified. Between replicas a binary protocol of our own is used.',
    example: 'redis-cli -p 7101 set greeting hello',
  },
  {
    word: 'RMW',
    also: ['read-modify-write', 'rmw'],
    means:
      'Read-modify-write: an operation whose effect depends on the value it finds, such as compare-and-set, add or append. In Hermes a write always wins over a concurrent RMW, and of two concurrent RMWs on one base value at most one succeeds. One that lost is tried again or reported as not done.',
    example: 'add 1 and add 1 at once from 4: one makes 5, the other must make 6',
  },
  {
    word: 'runtime',
    means:
      'Where the replicas run: as plain processes, or in network namespaces. Clients, faults, recording and judgement are the same in each. By default fuzz takes the strongest that this machine can give.',
    example: 'hermes fuzz --runtime process',
  },
  {
    word: 'seed',
    means:
      'The number from which everything random in a run is drawn: operations, keys, faults and their times. The same seed gives the same plan again. On real processes the timing still differs, so a rare failure may need several tries.',
    example: 'hermes fuzz --seed 7431920',
  },
  {
    word: 'target',
    also: ['system'],
    means:
      'The system under test: our replica, or your own server described in a small file. The file says how to start one node, when it is ready, and how to talk to it. Everything else stays the same.',
    example: 'hermes fuzz --system ./examples/counter/target.ts',
  },
  {
    word: 'timestamp',
    also: ['ts'],
    means:
      'A version number and the number of a node, compared in that order. Each update of a key gets one that is higher than any its coordinator has seen, so that all replicas agree which update is newer. Writes raise the version by two and RMWs by one, so a write outranks an RMW that began from the same value.',
    example: '4.1 < 4.2 < 5.1',
  },
  {
    word: 'unknown',
    means:
      'The verdict when neither valid nor invalid can be said honestly, and the only reason for exit code 2. A limit was reached, nothing was observed, a fault never bit, or a key was not served at the end. The reason is printed with what to try next.',
    example: '? unknown   nothing-to-check: no operation was answered',
  },
  {
    word: 'VAL',
    also: ['validate', 'validation'],
    means:
      'In the Hermes protocol, the message that ends a write: every member has the value, so it may be read. A replica whose copy has exactly that timestamp marks it Valid again. If it is lost, a replay makes up for it.',
    example: 'n1 → n2 n3  VAL k3 ts 4.1',
  },
  {
    word: 'valid',
    means:
      'The verdict on a history for which an order of all operations was found that explains every reply. It is never given when nothing was observed or nothing could have failed. As the state of a key at a replica it means that reads are served.',
    example: '✔ valid   2,000 operations on 10 keys are linearizable',
  },
  {
    word: 'view',
    also: ['membership', 'member'],
    means:
      'The list of replicas that form the group now, with its epoch. A write needs an answer from every member, so a member that does not answer holds up writes until a new view leaves it out. A replica that comes back joins by a view too, copies the data and then counts again.',
    example: 'hermes cluster status',
  },
  {
    word: 'weak',
    means:
      'A valid verdict with a reservation: something was observed, yet no violation could even be planted into the history. For instance every key was touched by one operation only. Run more operations on fewer keys.',
    example: 'hermes fuzz --keys 3 --ops 2000',
  },
  {
    word: 'wgl',
    also: ['search'],
    means:
      'The classical search for a linearization, after Wing, Gong and Lowe: try operations in every order that real time permits, and remember the states already seen. It works for any model and can take exponential time. So it has hard limits, and beyond them the verdict is unknown.',
    example: 'hermes check --algorithm wgl my-history.jsonl',
  },
  {
    word: 'workload',
    means:
      'What clients do in a run: which operations, on which keys, with which values, and how the result is to be judged. Three are built in: register, rmw (the default) and append. Your own is one file with a function that names the next operation.',
    example: 'hermes fuzz --workload append',
  },
  {
    word: 'zones',
    also: ['zone'],
    means:
      'A way to judge registers in nearly linear time when no value is written twice, after Gibbons and Korach. All operations on one value form a block, and each block has a span of time that it must occupy. The history is linearizable exactly when blocks are sound inside and no two must each precede the other.',
    example: 'checked      14 ms, zones on 10 keys',
  },
];

/** The entry for a word in any of its spellings; letter case does not matter. */
export function wordOf(typed: string): Word | undefined {
  const lower = typed.trim().toLowerCase();
  return WORDS.find(({ word, also }) =>
    [word, ...(also ?? [])].some((spelling) => spelling.toLowerCase() === lower),
  );
}

/** The whole table as `docs/words.md`. */
export function wordsPage(): string {
  const entries = WORDS.map(({ word, also, means, example }) => {
    const heading = also === undefined ? word : `${word} (${also.join(', ')})`;
    return `## ${heading}\n\n${means}\n\n\`\`\`\n${example}\n\`\`\`\n`;
  });
  return `# Words\n\nPrinted by \`hermes help WORD\`; made from \`src/base/words.ts\` by \`npm run docs\`.\n\n${entries.join('\n')}`;
}
