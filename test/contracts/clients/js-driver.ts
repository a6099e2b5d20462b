import { createInterface } from 'node:readline';
import { inspect } from 'node:util';
import {
  BrokerProblem,
  type Completion,
  type IssuedToken,
  SasBroker,
  type SasBrokerOptions,
  type TokenRequest,
} from '../../../clients/js/index.ts';

/* Uses the JavaScript client as the commands on standard input say: see client-process.ts. */

interface Command {
  readonly id: number;
  readonly do: string;
  readonly broker: string;
  readonly options: Omit<SasBrokerOptions, 'getBearer'>;
  readonly request: TokenRequest;
  readonly requests: TokenRequest[];
  readonly refused: IssuedToken;
  readonly token: string;
  readonly completion: Completion;
  readonly uses: string[];
  readonly seconds: number;
  readonly abortAfterMs: number;
  readonly times?: number;
}

const brokers = new Map<string, SasBroker>();
const bearers = new Map<string, boolean[]>();
const realNow = Date.now;

function newBroker({ broker, options }: Command): void {
  const asked: boolean[] = [];
  bearers.set(broker, asked);
  const getBearer = async ({ refused }: { refused: boolean }) => `bearer-${asked.push(refused)}`;
  brokers.set(broker, new SasBroker({ ...options, getBearer }));
}

async function run(command: Command): Promise<unknown> {
  const { request, refused, uses, abortAfterMs } = command;
  if (command.do === 'new') {
    newBroker(command);
    return null;
  }
  if (command.do === 'clock') {
    Date.now = () => realNow() + command.seconds * 1000;
    return null;
  }
  const client = brokers.get(command.broker);
  if (client === undefined) throw new Error('no such broker');
  const signal = abortAfterMs ? AbortSignal.timeout(abortAfterMs) : undefined;
  switch (command.do) {
    case 'token':
      for (let asked = 1; asked < (command.times ?? 1); asked += 1) await client.token(request);
      return client.token(request, { signal });
    case 'tokens':
      return (await client.tokens(command.requests)).map((one) =>
        one instanceof BrokerProblem ? told(one) : one,
      );
    case 'source':
      return client.source(request).get({ refused, signal });
    case 'explain':
      return client.explain(request);
    case 'complete':
      return client.complete(command.token, command.completion);
    case 'with':
      return client.withToken(request, ({ id }) => useOnce(uses, id));
    case 'close':
      client.close();
      return null;
    case 'bearers':
      return bearers.get(command.broker);
    default:
      return inspect(client, { depth: 9, showHidden: true });
  }
}

function useOnce(uses: string[], id: string): string {
  const use = uses.shift();
  if (use === 'refused') throw Object.assign(new Error('AuthenticationFailed'), { statusCode: 403 });
  if (use === 'fault') throw new Error('disk full');
  return id;
}

const told = ({ status, code, detail, errors, requestId }: BrokerProblem) => ({
  status,
  code,
  detail,
  errors,
  requestId,
});

createInterface(process.stdin).on('line', (line) => {
  const command = JSON.parse(line) as Command;
  void run(command)
    .then(
      (value) => ({ value: value ?? null }),
      (error: unknown) =>
        error instanceof BrokerProblem ? { problem: told(error) } : { error: String(error) },
    )
    .then((outcome) => process.stdout.write(`${JSON.stringify({ id: command.id, ...outcome })}\n`));
});
