import type { SasKind } from '../azure/sas-kinds.ts';
import type { BrokerDocument } from './broker-schema.ts';
import { itemsOf, memberOr, type Salvaged } from './salvage.ts';

export type SalvagedDocument = Salvaged<BrokerDocument>;
export type SalvagedAccount = Salvaged<BrokerDocument['accounts'][number]>;
export type SalvagedGrant = Salvaged<BrokerDocument['grants'][number]>;
export type SalvagedRule = Salvaged<BrokerDocument['grants'][number]['callers'][number]>;

/** Returns a grant's kinds, or the default if it has none; empty if they are faulty. */
export function kindsOf(grant: SalvagedGrant): readonly SasKind[] {
  const kinds: SalvagedGrant['kinds'] = memberOr(grant, 'kinds', ['user-delegation' as const]);
  return itemsOf(kinds).map(([, kind]) => kind);
}
