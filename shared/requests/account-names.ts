import type { ResourceType, Service } from '../azure/services.ts';
import type { Fault } from '../broker-error.ts';
import { memberFaults } from './resource-names.ts';

/** The unchecked parts of an account SAS, as a request has them. */
interface AccountParts {
  readonly services: readonly Service[];
  readonly resourceTypes: readonly ResourceType[];
}

/** Returns the faults of an account SAS's parts. Paths are members of the resource. */
export function accountResourceFaults({ services, resourceTypes }: AccountParts): Fault[] {
  return memberFaults({ services: listFault(services), resourceTypes: listFault(resourceTypes) });
}

function listFault(items: readonly string[]): string | null {
  if (items.length === 0) return 'must have at least one item';
  const repeated = items.find((item, at) => items.indexOf(item) !== at);
  return repeated === undefined ? null : `must list ${repeated} only once`;
}
