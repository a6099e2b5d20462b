import { durationSeconds, formatDuration } from '../iso-time.ts';
import type { BrokerDocument } from './broker-schema.ts';
import { memberAt, type Path } from '../input/fault-path.ts';
import { MAX_SECONDS, ROTATION_DEFAULTS, UNROTATED_MAX_TOKEN_TTL } from './limits.ts';
import { given, itemsOf, type Salvaged } from './salvage.ts';
import type { SasKind } from '../azure/sas-kinds.ts';

export type SalvagedDocument = Salvaged<BrokerDocument>;
export type SalvagedAccount = Salvaged<BrokerDocument['accounts'][number]>;
export type SalvagedGrant = Salvaged<BrokerDocument['grants'][number]>;
export type SalvagedRule = Salvaged<BrokerDocument['grants'][number]['callers'][number]>;

export type Report = (path: Path, message: string) => void;

/** Names that others refer to. `complete` is false where some could not be read: then none can be called unknown. */
export interface KnownNames {
  readonly names: ReadonlySet<string>;
  readonly complete: boolean;
}

/** The text at `member` of every item of the list `list`, read from the unchecked document. */
export function knownNames(value: unknown, list: string, member: string): KnownNames {
  const items = memberAt(value, [list]);
  if (!Array.isArray(items)) return { names: new Set(), complete: false };
  const names = items.map((item: unknown) => memberAt(item, [member]));
  const texts = names.filter((name) => typeof name === 'string');
  return { names: new Set(texts), complete: texts.length === names.length };
}

/** What checks of grants need of an account; undefined where that part of it is faulty. */
export interface AccountFacts {
  readonly hierarchical: boolean | undefined;
  readonly hasKeys: boolean;
  readonly maxTokenTtl: number | undefined;
}

/** Facts of every account that has a name; of two with one name, the first's. */
export function accountFacts(document: SalvagedDocument): ReadonlyMap<string, AccountFacts> {
  const facts = new Map<string, AccountFacts>();
  for (const account of document.accounts ?? []) {
    if (account?.name === undefined || facts.has(account.name)) continue;
    facts.set(account.name, {
      hierarchical: given(account, 'hierarchical', false),
      hasKeys: Object.hasOwn(account, 'keys'),
      maxTokenTtl: maxTokenTtlOf(account),
    });
  }
  return facts;
}

function maxTokenTtlOf(account: SalvagedAccount): number | undefined {
  if (!Object.hasOwn(account, 'rotation')) return UNROTATED_MAX_TOKEN_TTL;
  const { rotation } = account;
  return rotation && seconds(given(rotation, 'maxTokenTtl', ROTATION_DEFAULTS.maxTokenTtl));
}

/** The kinds of a grant with the default in place; none where they are faulty. */
export function kindsOf(grant: SalvagedGrant): readonly SasKind[] {
  const kinds: SalvagedGrant['kinds'] = given(grant, 'kinds', ['user-delegation' as const]);
  return itemsOf(kinds).map(([, kind]) => kind);
}

/** Whole seconds of a duration that the schema let pass; undefined where it is faulty or too long to mean anything. */
export function seconds(value: string | number | undefined): number | undefined {
  const amount = value === undefined ? null : durationSeconds(value);
  return amount === null || amount > MAX_SECONDS ? undefined : amount;
}

/** Reports durations among `members` of `part` that are too short or too long. */
export function checkDurations<Name extends string>(
  part: Readonly<Partial<Record<Name, string | number | undefined>>>,
  members: readonly Name[],
  least: number,
  path: Path,
  report: Report,
): void {
  for (const name of members) {
    const value = part[name];
    const amount = value === undefined ? null : durationSeconds(value);
    if (amount === null) continue;
    if (amount < least) report([...path, name], `must be at least ${formatDuration(least)}`);
    if (amount > MAX_SECONDS) report([...path, name], `must be at most ${formatDuration(MAX_SECONDS)}`);
  }
}

/** Reports every item of `items` that stands there a second time, under `name(index)`. */
export function checkUnique(
  items: readonly (readonly [number, string | undefined])[],
  pathOf: (index: number) => Path,
  what: string,
  report: Report,
): void {
  const first = new Map<string, number>();
  for (const [index, item] of items) {
    if (item === undefined) continue;
    const earlier = first.get(item);
    if (earlier === undefined) first.set(item, index);
    else report(pathOf(index), `must not repeat the ${what} of item ${earlier}`);
  }
}
