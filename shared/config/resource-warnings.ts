import { type LocatedFault, locateFault } from '../input/fault-path.ts';
import { compilePattern, type ResourcePattern } from './resource-pattern.ts';
import { itemsOf } from './salvage.ts';
import type { SalvagedDocument } from './salvaged-document.ts';

/**
 * Returns the resources of grants that match nothing.
 * @param document must have no faults.
 */
export function resourceWarnings(document: SalvagedDocument): LocatedFault[] {
  return itemsOf(document.grants).flatMap(([index, grant]) =>
    itemsOf(grant.resources).flatMap(([at, source]) => {
      const pattern = compilePattern(source);
      return locateFault(
        ['grants', index, 'resources', at],
        pattern.ok ? upperCaseWarning(pattern.value) : null,
      );
    }),
  );
}

/** Names of tables may have upper-case letters, and the broker ignores the case of shares. */
function upperCaseWarning({ service, segments: [name = []] }: ResourcePattern): string | null {
  const hasUpperCase = name.some((part) => part.kind === 'text' && /[A-Z]/.test(part.text));
  if (!hasUpperCase || (service !== 'blob' && service !== 'queue')) return null;
  const what = service === 'blob' ? 'container' : 'queue';
  return `matches nothing, because the name of a ${what} has no upper-case letters; write it in lower case`;
}
