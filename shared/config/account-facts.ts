import { memberAt } from '../input/fault-path.ts';
import { seconds } from './duration-checks.ts';
import { ROTATION_DEFAULTS, UNROTATED_MAX_TOKEN_TTL } from './limits.ts';
import { memberOr } from './salvage.ts';
import type { SalvagedAccount, SalvagedDocument } from './salvaged-document.ts';

/** Names that other members refer to. If `complete` is false, some names are unreadable and no name counts as unknown. */
export interface KnownNames {
  readonly names: ReadonlySet<string>;
  readonly complete: boolean;
}

/** Reads `member` of every item of `list` from the unchecked document. */
export function knownNames(value: unknown, list: string, member: string): KnownNames {
  const items = memberAt(value, [list]);
  if (!Array.isArray(items)) return { names: new Set(), complete: false };
  const names = items.map((item: unknown) => memberAt(item, [member]));
  const texts = names.filter((name) => typeof name === 'string');
  return { names: new Set(texts), complete: texts.length === names.length };
}

/** What the checks of grants need to know about an account; a faulty part is undefined. */
export interface AccountFacts {
  readonly hierarchical: boolean | undefined;
  readonly hasKeys: boolean;
  readonly maxTokenTtl: number | undefined;
}

/** What the checks of grants know about all accounts: names, also of faulty accounts, and facts. */
export interface CheckedAccounts {
  readonly known: KnownNames;
  readonly facts: ReadonlyMap<string, AccountFacts>;
}

/** Returns the facts of every account that has a name. If two accounts have the same name, the first one counts. */
export function accountFacts(document: SalvagedDocument): ReadonlyMap<string, AccountFacts> {
  const facts = new Map<string, AccountFacts>();
  for (const account of document.accounts ?? []) {
    if (account?.name === undefined || facts.has(account.name)) continue;
    facts.set(account.name, {
      hierarchical: memberOr(account, 'hierarchical', false),
      hasKeys: Object.hasOwn(account, 'keys'),
      maxTokenTtl: maxTokenTtlOf(account),
    });
  }
  return facts;
}

function maxTokenTtlOf(account: SalvagedAccount): number | undefined {
  if (!Object.hasOwn(account, 'rotation')) return UNROTATED_MAX_TOKEN_TTL;
  const { rotation } = account;
  return rotation && seconds(memberOr(rotation, 'maxTokenTtl', ROTATION_DEFAULTS.maxTokenTtl));
}
