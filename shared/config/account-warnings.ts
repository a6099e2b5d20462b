import { SERVICES } from '../azure/services.ts';
import { type LocatedFault, locateFault, type Path } from '../input/fault-path.ts';
import { itemsOf } from './salvage.ts';
import type { SalvagedAccount, SalvagedDocument } from './salvaged-document.ts';

/**
 * Returns what in `accounts` does not do what its author most likely expects.
 * @param document must have no faults.
 */
export function accountWarnings(document: SalvagedDocument): LocatedFault[] {
  return itemsOf(document.accounts).flatMap(([index, account]) => [
    ...privateLinkWarnings(account, ['accounts', index, 'endpoints']),
    ...locateFault(['accounts', index, 'rotation'], takeOverWarning(account)),
  ]);
}

/** `false` is a decision. Most files without the member were written in the belief that `every` suffices. */
function takeOverWarning({ rotation }: SalvagedAccount): string | null {
  if (rotation === undefined || Object.hasOwn(rotation, 'takeOver')) return null;
  return 'has no "takeOver", so nothing rotates until an operator takes the account over; set it to true, or to false to wait for the operator';
}

/** https://learn.microsoft.com/azure/storage/common/storage-private-endpoints#connecting-to-a-private-endpoint */
function privateLinkWarnings({ endpoints }: SalvagedAccount, path: Path): LocatedFault[] {
  return SERVICES.flatMap((service) =>
    locateFault(
      [...path, service],
      isPrivateLink(endpoints?.[service])
        ? 'is a name in a privatelink zone, which the certificates of storage do not cover; leave the endpoint out, because the usual name resolves to the private endpoint'
        : null,
    ),
  );
}

function isPrivateLink(endpoint: string | undefined): boolean {
  return (
    endpoint !== undefined && URL.canParse(endpoint) && new URL(endpoint).hostname.includes('.privatelink.')
  );
}
