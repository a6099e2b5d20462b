import * as z from 'zod/mini';
import { ACCOUNT_NAME, ACCOUNT_NAME_RULE } from '../azure/names.ts';
import { invalidRequest } from '../input/invalid-request.ts';
import { readQuery } from '../input/query-parameters.ts';
import { formatInstant } from '../iso-time.ts';
import { formatHour } from './hours.ts';
import { type AccountTokens, type LiveTokenFold, MAX_HOURS, sumOf, totalOf } from './live-token-fold.ts';
import { Tally } from './tally.ts';
import { described } from '../input/described.ts';

const DEFAULT_HOURS = 24;

/** The query parameters of `GET /summary/live-tokens`, which this file reads and OpenAPI describes. */
export const liveSummaryParametersSchema = z.strictObject({
  account: z.optional(
    described(
      z.string().check(z.regex(ACCOUNT_NAME, `must be a storage account name: ${ACCOUNT_NAME_RULE}`)),
      'Count only tokens of this storage account',
    ),
  ),
  hours: z.optional(
    described(
      z.int().check(z.minimum(1), z.maximum(MAX_HOURS)),
      `How many hours \`byHour\` has; tokens that expire after them are in \`later\`. Default: ${DEFAULT_HOURS}`,
    ),
  ),
});

const instant = z.iso.datetime();
const count = z.int().check(z.minimum(0));
const signerCounts = {
  userDelegation: count,
  key1: count,
  key2: count,
  unnamed: described(count, 'The row names no account key, or neither of the present ones'),
};

/** The reply of `GET /summary/live-tokens`. */
export const liveSummarySchema = z.object({
  asOf: described(instant, 'When the tokens were live. The broker remembers a scan for 30 seconds'),
  scannedAll: described(
    z.boolean(),
    'False: not every row was read, so the counts are too low; or there are more callers or grants than the broker distinguishes, so these lists may be wrong',
  ),
  total: described(count, 'Live tokens, those that are `unproved` included'),
  byHour: described(
    z.array(z.object({ hour: described(instant, 'Its start'), ...signerCounts })),
    'By hour of expiry, from the hour of `asOf` on',
  ),
  later: described(z.object(signerCounts), 'Tokens that expire after these hours'),
  byAccount: described(
    z.array(z.object({ account: z.string(), ...signerCounts, latestExpiry: z.nullable(instant) })),
    'Every account of broker.json, in the order of the names',
  ),
  byGrant: described(
    z.array(z.object({ grant: z.string(), tokens: count })),
    'The 20 grants with the most tokens',
  ),
  byCaller: described(
    z.array(
      z.object({
        issuer: z.string(),
        subject: z.string(),
        name: z.nullable(z.string()),
        tokens: count,
      }),
    ),
    'The 20 callers with the most tokens',
  ),
});
export type LiveSummary = z.infer<typeof liveSummarySchema>;

/** What a summary is about. */
export interface LiveSummaryQuery {
  /** Null: every account. */
  readonly account: string | null;
  /** 1 to 168. */
  readonly hours: number;
}

/** The live tokens as one scan found them. */
export interface LiveTokenCount {
  readonly asOf: Date;
  readonly fold: LiveTokenFold;
  /** False if the scan was cut short. */
  readonly scannedAll: boolean;
}

/** Reads the query parameters. @throws BrokerError `invalid_request` with every fault. */
export function readLiveSummaryQuery(given: URLSearchParams): LiveSummaryQuery {
  const { members, faults } = readQuery(liveSummaryParametersSchema, given);
  if (faults.length > 0) throw invalidRequest('query', faults);
  return { account: members.account ?? null, hours: members.hours ?? DEFAULT_HOURS };
}

/** Returns the summary of the live tokens of one account or of all. */
export function liveTokenSummary(
  { asOf, fold, scannedAll }: LiveTokenCount,
  { account, hours }: LiveSummaryQuery,
): LiveSummary {
  const isAsked = (name: string): boolean => account === null || name === account;
  const accounts = [...fold.accounts].filter(([name]) => isAsked(name));
  const byHour = Array.from({ length: MAX_HOURS }, (_, index) =>
    sumOf(accounts.flatMap(([, { byHour: own }]) => own[index] ?? [])),
  );
  const listed = byHour.slice(0, hours);
  const later = sumOf([...byHour.slice(hours), ...accounts.map(([, own]) => own.later)]);
  return {
    asOf: formatInstant(asOf),
    scannedAll: scannedAll && !fold.grants.hasMore && !fold.callers.hasMore,
    total: totalOf(sumOf([...listed, later])),
    byHour: listed.map((counts, index) => ({ hour: formatHour(asOf, index), ...counts })),
    later,
    byAccount: accounts.map(accountView),
    byGrant: topGrants(fold, isAsked),
    byCaller: topCallers(fold, isAsked),
  };
}

function accountView([account, { byHour, later, latestExpiry }]: readonly [string, AccountTokens]) {
  return {
    account,
    ...sumOf([...byHour, later]),
    latestExpiry: latestExpiry === null ? null : formatInstant(latestExpiry),
  };
}

function topGrants({ grants }: LiveTokenFold, isAsked: (account: string) => boolean): LiveSummary['byGrant'] {
  const tally = new Tally<string>();
  for (const { member, count: tokens } of grants.members())
    if (isAsked(member.account)) tally.add([member.grant], () => member.grant, tokens);
  return tally.top().map(({ member, count: tokens }) => ({ grant: member, tokens }));
}

function topCallers(
  { callers }: LiveTokenFold,
  isAsked: (account: string) => boolean,
): LiveSummary['byCaller'] {
  const tally = new Tally<{ issuer: string; subject: string; name: string | null }>();
  for (const { member, count: tokens } of callers.members()) {
    const { account, issuer, subject, name } = member;
    if (!isAsked(account)) continue;
    const caller = tally.add([issuer, subject], () => ({ issuer, subject, name }), tokens);
    if (caller !== null) caller.name ??= name;
  }
  return tally.top().map(({ member, count: tokens }) => ({ ...member, tokens }));
}
