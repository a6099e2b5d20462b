import type { LocatedFault } from '../input/fault-path.ts';
import { checkAccounts } from './account-checks.ts';
import { accountFacts, knownNames } from './account-facts.ts';
import { checkCallers } from './claim-checks.ts';
import { checkConsole } from './console-checks.ts';
import { checkGrants } from './grant-checks.ts';
import { checkIssuers } from './issuer-checks.ts';
import type { SalvagedDocument } from './salvaged-document.ts';

/**
 * Returns every fault between the parts of broker.json.
 * @param document what remains after the schema removed faulty parts.
 * @param whole the unchecked value. A faulty account is still a known one, so a fault does not cause further faults.
 */
export function crossCheck(document: SalvagedDocument, whole: unknown): LocatedFault[] {
  const accounts = { known: knownNames(whole, 'accounts', 'name'), facts: accountFacts(document) };
  const issuers = knownNames(whole, 'issuers', 'id');
  return [
    ...checkAccounts(document),
    ...checkIssuers(document),
    ...checkCallers(document, issuers),
    ...checkConsole(document, issuers),
    ...checkGrants(document, accounts),
  ];
}
