import type { BrokerConfig } from '../../config/broker-config.ts';
import { formatInstant } from '../../iso-time.ts';
import { locateUrl } from '../../requests/locate-url.ts';
import { parseSasTime } from '../../sas/sas-times.ts';
import { leversOfDelegation } from './killing-levers.ts';
import type { FoundKey, KillingLever } from './lookup-body.ts';
import type { PastedSas } from './pasted-sas.ts';

const OBJECT_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What can be said of a user delegation SAS without a row. */
interface DelegatedToken {
  /** What the token says; null if it names no object id. */
  readonly signedWith: FoundKey | null;
  readonly levers: readonly KillingLever[];
}

/**
 * Returns what a user delegation SAS says of its key. The broker does not keep these keys, so it cannot verify it.
 */
export function describeDelegated(
  { config }: { readonly config: Pick<BrokerConfig, 'accounts'> },
  { fields, urls }: PastedSas,
): DelegatedToken {
  const objectId = fields.get('skoid') ?? '';
  const startsAt = timeOrNull(fields.get('skt'));
  const expiresAt = timeOrNull(fields.get('ske'));
  const located = locateUrl(urls[0] ?? '', config.accounts.values());
  const account = located.ok ? config.accounts.get(located.value.account) : undefined;
  return {
    signedWith: OBJECT_ID.test(objectId) ? { delegationKey: { objectId, startsAt, expiresAt } } : null,
    levers: account === undefined ? [] : leversOfDelegation(account.name),
  };
}

const timeOrNull = (text = ''): string | null => {
  const time = parseSasTime(text);
  return time && formatInstant(time);
};
