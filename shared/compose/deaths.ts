import type { Deaths } from '../deaths/death.ts';
import type { Foundation } from './foundation.ts';
import { loadLater } from './load-later.ts';

/** Returns the deaths in the state table. */
export function deathsOf({ stateTable, clock }: Foundation): Deaths {
  return loadLater<Deaths>(async () => {
    const { TableDeaths } = await import('../deaths/table-deaths.ts');
    return new TableDeaths({ client: stateTable, clock });
  });
}
