import type { Fault } from '../broker-error.ts';
import { faultsAt } from './resource-names.ts';
import type { ResourceType, Service } from '../azure/services.ts';

/** As a request carries them: not checked yet. */
interface AccountParts {
  readonly services: readonly Service[];
  readonly resourceTypes: readonly ResourceType[];
}

/** What is wrong with the parts of an account SAS. Paths are members of the resource. */
export function accountResourceFaults({ services, resourceTypes }: AccountParts): Fault[] {
  return faultsAt({ services: listFault(services), resourceTypes: listFault(resourceTypes) });
}

function listFault(items: readonly string[]): string | null {
  if (items.length === 0) return 'must name at least one';
  const repeated = items.find((item, at) => items.indexOf(item) !== at);
  return repeated === undefined ? null : `must name ${repeated} only once`;
}
