import type { Fault } from '../broker-error.ts';
import { checkAccounts } from './account-checks.ts';
import { accountFacts, knownNames, type Report, type SalvagedDocument } from './check-context.ts';
import { checkCallers } from './claim-checks.ts';
import { formatPath } from '../input/fault-path.ts';
import { checkGrants } from './grant-checks.ts';
import { checkIssuers } from './issuer-checks.ts';

/**
 * Everything that is wrong between the parts of broker.json. `document` is what its schema left, `whole` the
 * unchecked value: a faulty account is still a known one, so that one fault does not make more of itself.
 */
export function crossCheck(document: SalvagedDocument, whole: unknown): Fault[] {
  const faults: Fault[] = [];
  const report: Report = (path, message) => void faults.push({ path: formatPath(path), message });
  const accounts = { known: knownNames(whole, 'accounts', 'name'), facts: accountFacts(document) };
  checkAccounts(document, report);
  checkIssuers(document, report);
  checkCallers(document, knownNames(whole, 'issuers', 'id'), report);
  checkGrants(document, accounts, report);
  return faults;
}
