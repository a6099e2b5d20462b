import { actorOf, type AuditLog } from '../../audit/audit-record.ts';
import type { Caller } from '../../identity/caller.ts';
import { formatInstant } from '../../iso-time.ts';
import type { Log } from '../../log-events.ts';
import type { Signer } from './find-signer.ts';
import type { LookupQuestion } from './parse-lookup.ts';
import { expiryOf } from './search-hours.ts';

/** What belongs to one call. */
export interface LookupCall {
  readonly caller: Pick<Caller, 'issuer' | 'subject' | 'name'>;
  readonly now: Date;
  readonly deadline: Date;
  readonly log: Log;
}

/** Records that a key of ours signed a token elsewhere. The caller learns of it even if the row cannot be written. */
export async function recordForeignToken(
  { audit }: { readonly audit: Pick<AuditLog, 'appendEvent'> },
  { fingerprint, sas }: LookupQuestion,
  { account, key }: Extract<Signer, { verdict: 'signed' }>,
  { caller, now, deadline, log }: LookupCall,
): Promise<void> {
  const letters = /^[a-z]{1,20}$/.exec(sas.fields.get('sp') ?? '')?.[0];
  const expiry = expiryOf(sas.fields);
  const facts = [
    letters === undefined ? '' : `, with permissions ${letters}`,
    expiry === null ? '' : `, until ${formatInstant(expiry)}`,
  ].join('');
  const keyName = key.key ?? 'the published key';
  const detail = `${keyName} signed a token that the broker did not issue (fingerprint ${fingerprint}, key id ${key.keyId}${facts})`;
  log('not issued here', { account: account.name, key: key.key, keyId: key.keyId, fingerprint });
  const type = 'not-issued-here';
  const actor = { actor: actorOf(caller), actorName: caller.name };
  await audit
    .appendEvent({ at: now, type, account: account.name, ...actor, detail }, deadline)
    .catch(() => log('event not recorded', { type, account: account.name }));
}
