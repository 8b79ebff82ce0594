/**
 * What engines and their client say when something fails, as one sentence and what to do about it.
 */
import { UserError } from '../../base/user-error.ts';

interface Known {
  readonly says: RegExp;
  readonly why: string;
  readonly mend: string;
}

/** In this order: the first that matches. */
const KNOWN: readonly Known[] = [
  {
    says: /permission denied.*(docker\.sock|docker daemon|docker API)/is,
    why: 'this user may not talk to the Docker engine',
    mend: 'Add it to the group (sudo usermod -aG docker $USER, then log in again), or run as root.',
  },
  {
    says: /cannot connect to the docker daemon|is the docker daemon running|error during connect|connection refused|no such host|failed to connect to the docker API|dial unix .*no such file/i,
    why: 'no Docker engine answers',
    mend: 'Start it (sudo systemctl start docker), or name another: --docker-host URL, DOCKER_HOST.',
  },
  {
    says: /no such host|context .* (does not exist|not found)|unable to parse docker host/i,
    why: 'there is no such Docker engine',
    mend: 'Look at: docker context ls. Or name one: --docker-host URL.',
  },
  {
    says: /no space left on device|disk quota exceeded/i,
    why: "the disk of the engine's host is full",
    mend: 'Make room there, for instance: docker system prune.',
  },
  {
    says: /address pools have been fully subnetted|could not find an available/i,
    why: 'the engine has no addresses left for another network',
    mend: 'Remove networks that nobody uses: docker network prune.',
  },
  {
    says: /port is already allocated|address already in use/i,
    why: "a port of the cluster is taken on the engine's host",
    mend: 'Choose another range with --base-port, or stop the program that has it.',
  },
  {
    says: /cgroup|cpu cfs|NanoCPUs|minimum memory limit|range of cpus/i,
    why: 'the engine cannot keep these limits',
    mend: 'Choose other values for --cpus and --memory, or leave them out.',
  },
];

/** Always a `UserError`, or `error` itself where it is one already. */
export function engineTrouble(doing: string, stderr: string, error: Error): UserError {
  if (error instanceof UserError) return error;
  const text = stderr.trim();
  const known = KNOWN.find(({ says }) => says.test(text));
  const said = lastLine(text) ?? error.message;
  if (known === undefined)
    return new UserError(
      `docker could not ${doing}: ${said}`,
      'hermes doctor says what is missing.',
    );
  return new UserError(`docker could not ${doing}: ${known.why}.`, `${known.mend} (${said})`);
}

function lastLine(text: string): string | undefined {
  const line = text
    .split('\n')
    .filter((each) => each.trim() !== '' && !/^See 'docker|^Usage:|^Run 'docker/.test(each))
    .at(-1);
  return line?.replace(/^(Error response from daemon|ERROR|error): /i, '').trim();
}
