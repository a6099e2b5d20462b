import type { BrokerConfig } from '../config/broker-config.ts';
import type { BearerTokens } from '../identity/caller.ts';
import { addSeconds } from '../iso-time.ts';
import type { IssuingPorts } from '../issuing/issuing-ports.ts';
import { loadSigner } from '../sas/signers.ts';
import { delegatedServices } from './dependency-probes.ts';

/** No verified caller has an empty subject. */
const NOBODY = { issuer: '', subject: '' };
/** Selects the signer of blobs. */
const ANY_CONTAINER = { account: '', service: 'blob', container: '' } as const;
/** With more accounts, the first token of each of the others waits for its key. */
const MAX_ACCOUNTS = 4;
/** Keys last for days; one that outlives this is cached for every token. */
const KEY_NEEDED_SECONDS = 3600;

/** What the first token needs. */
export interface PrefetchPorts {
  readonly bearerTokens: Pick<BearerTokens, 'readKeys'>;
  readonly config: Pick<BrokerConfig, 'issuers' | 'accounts' | 'grants'>;
  readonly issuing: Pick<IssuingPorts, 'blocks' | 'delegationKeys'>;
}

/**
 * Fetches what the first token after a start needs, at the same time: the issuers' keys, the blocks, and the user delegation
 * keys for blobs of the first accounts whose grants give such tokens, of one account after the other, so that the first token
 * does not wait for those that it does not need. This also opens the connections, and the signer of blobs is loaded meanwhile. Never rejects: the first request asks for the same again, and reports what fails.
 */
export async function prefetch({ config, bearerTokens, issuing }: PrefetchPorts, now: Date): Promise<void> {
  const { blocks, delegationKeys } = issuing;
  const until = addSeconds(now, KEY_NEEDED_SECONDS);
  const delegating = [...config.accounts.values()].filter((account) =>
    delegatedServices(config, account).includes('blob'),
  );
  await Promise.allSettled([
    blocks.blockOf(NOBODY, now),
    ...config.issuers.map(({ issuer }) => bearerTokens.readKeys(issuer, now)),
    inTurn(delegating.slice(0, MAX_ACCOUNTS), (account) =>
      delegationKeys.keyFor(account, 'blob', until, now, null),
    ),
    ...(delegating.length === 0 ? [] : [loadSigner({ resource: ANY_CONTAINER })]),
  ]);
}

/** Does something for each item after the other, whether or not it fails. */
async function inTurn<Item>(items: readonly Item[], act: (item: Item) => Promise<unknown>): Promise<void> {
  for (const item of items) await act(item).catch(() => undefined);
}
