import * as z from 'zod/mini';
import { actorOf } from '../shared/audit/audit-record.ts';
import { KEY_NAMES, type KeyName } from '../shared/azure/services.ts';
import { BrokerError } from '../shared/broker-error.ts';
import type { Broker } from '../shared/compose/compose.ts';
import { signsWithKeys, type StorageAccount } from '../shared/config/broker-config.ts';
import { readEnded } from '../shared/deaths/ended-view.ts';
import { freeText } from '../shared/input/free-text.ts';
import { invalidRequest } from '../shared/input/invalid-request.ts';
import { parseBody } from '../shared/input/parse-body.ts';
import { readQuery } from '../shared/input/query-parameters.ts';
import { advanceRotation } from '../shared/rotation/advance-rotation.ts';
import { requestRotation } from '../shared/rotation/request-rotation.ts';
import { readHistoryEvents, readHistoryStart, rotationHistory } from '../shared/rotation/rotation-history.ts';
import type { RotationJournal } from '../shared/rotation/rotation-journal.ts';
import { rotationState, type RotationState, rotationStateSchema } from '../shared/rotation/rotation-view.ts';
import { rotationWaits } from '../shared/rotation/rotation-waits.ts';
import { type Call, callerOf, type Reply } from './route.ts';
import { described } from '../shared/input/described.ts';

export const rotationListSchema = z.object({
  items: z.array(rotationStateSchema),
  nextCursor: z.nullable(z.string()),
});

/** The body of `POST /accounts/{account}/rotation`. */
export const rotationOrderSchema = z.strictObject({
  reason: described(z.optional(freeText(256).check(z.minLength(1))), 'For the events'),
  takeOver: described(z.optional(z.boolean()), 'Also rotate an observed or paused account'),
});

/** The query parameters of `GET /accounts` and `GET /accounts/{account}/rotation`. */
export const countParametersSchema = z.strictObject({
  counts: z.optional(
    described(
      z.enum(['true', 'false']),
      'false: do not count live tokens, which reads the audit table; `liveTokens` is null then. Default: true',
    ),
  ),
});

type RotationOrderBody = z.infer<typeof rotationOrderSchema>;

/** @throws BrokerError `invalid_request` with every fault. */
export function readRotationOrder(json: unknown): RotationOrderBody {
  return parseBody(rotationOrderSchema, json, 'order');
}

/** `GET /accounts` */
export async function getAccounts(broker: Broker, call: Call<undefined>): Promise<Reply> {
  const counts = readCounts(call);
  const accounts = [...broker.config.accounts.values()];
  const items = await Promise.all(accounts.map((account) => stateOf(broker, account, call, { counts })));
  return { status: 200, body: { items, nextCursor: null } };
}

/** `GET /accounts/{account}/rotation` */
export async function getRotation(broker: Broker, call: Call<undefined>): Promise<Reply> {
  const counts = readCounts(call);
  return { status: 200, body: await stateOf(broker, accountOf(broker, call), call, { counts }) };
}

/** `GET /accounts/{account}/rotation/history` */
export async function getRotationHistory(broker: Broker, call: Call<undefined>): Promise<Reply> {
  const { name } = accountOf(broker, call);
  const since = readHistoryStart(call.query, call.now);
  const events = await readHistoryEvents(broker.events, name, { ...call, since });
  return { status: 200, body: rotationHistory(name, since, events) };
}

/** `POST /accounts/{account}/rotation` */
export async function postRotation(broker: Broker, call: Call<RotationOrderBody>): Promise<Reply> {
  const account = accountOf(broker, call);
  const waits = rotationWaits(account, broker.settings.requestTimeoutSeconds);
  if (waits === null || !signsWithKeys(account))
    throw new BrokerError(
      'conflict',
      'This broker does not rotate the account: in broker.json the account has no rotation, or has allowSharedKeyAccess: false.',
    );
  const { reason = 'ordered by an operator', takeOver = false } = call.body;
  const caller = callerOf(call);
  const order = { by: actorOf(caller), byName: caller.name, reason, takeOver };
  const answer = await requestRotation(broker.rotation, account, waits, order);
  if (!answer.accepted) {
    const rotation = await stateOf(broker, account, call, { known: answer.journal });
    throw new BrokerError('conflict', `No rotation was started: ${answer.why}.`, { members: { rotation } });
  }
  // The next tick would do this anyway, but an operator who watches need not wait. The state shows any failure.
  const journal = await advanceRotation(broker.rotation, account, waits).catch(() => null);
  const state = await stateOf(broker, account, call, { known: journal ?? answer.journal });
  return { status: 202, body: state, headers: { location: `/api/accounts/${account.name}/rotation` } };
}

/** @throws BrokerError `invalid_request` with every fault. */
function readCounts({ query }: Pick<Call<unknown>, 'query'>): boolean {
  const { members, faults } = readQuery(countParametersSchema, query);
  if (faults.length > 0) throw invalidRequest('query', faults);
  return members.counts !== 'false';
}

function accountOf(broker: Broker, call: Call<unknown>): StorageAccount {
  const account = broker.config.accounts.get(call.params['account'] ?? '');
  if (account === undefined) throw new BrokerError('not_found', 'No account of this name is configured.');
  return account;
}

async function stateOf(
  broker: Broker,
  account: StorageAccount,
  call: Pick<Call<unknown>, 'now' | 'deadline'>,
  { known, counts = true }: { readonly known?: RotationJournal; readonly counts?: boolean } = {},
): Promise<RotationState> {
  const waits = rotationWaits(account, broker.settings.requestTimeoutSeconds);
  const journal =
    known ?? (waits === null ? null : (await broker.rotation.journals.load(account.name)).journal);
  const [liveTokens, deaths] = await Promise.all([
    journal === null || !counts ? null : liveTokensOf(broker, journal, call),
    readEnded(broker.rotation.deaths, account.name, call.deadline),
  ]);
  return rotationState(account, journal, waits, { liveTokens, deaths }, call.now);
}

/** Counts for display only; rotation does its own count. Null if the audit table does not reply in time. */
async function liveTokensOf(
  broker: Broker,
  journal: RotationJournal,
  { now, deadline }: Pick<Call<unknown>, 'now' | 'deadline'>,
): Promise<Record<KeyName, number> | null> {
  try {
    const counts = await Promise.all(
      KEY_NAMES.map(async (name) => {
        const range = { hashes: journal.hashes, issuedSince: journal.times[name], now, deadline };
        const { count, rest } = await broker.rotation.tokenCounter.countSignedWith(
          journal.account,
          name,
          range,
        );
        return rest === null ? count : null;
      }),
    );
    const [key1, key2] = counts;
    return typeof key1 === 'number' && typeof key2 === 'number' ? { key1, key2 } : null;
  } catch {
    return null;
  }
}
