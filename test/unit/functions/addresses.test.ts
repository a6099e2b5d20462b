import { describe, expect, it } from 'vitest';
import { ADDRESSES, type RouteName } from '../../../functions/addresses.ts';
import { loadRoute } from '../../../functions/load-route.ts';
import { routes } from '../../../functions/routes.ts';

const names = Object.keys(ADDRESSES) as RouteName[];

describe('the addresses that the host registers', () => {
  it('are those of the rows', () => {
    const rows = routes.map(({ name, method, route, access }) => [name, { method, route, access }]);
    expect(Object.fromEntries(rows)).toEqual(ADDRESSES);
    expect(rows).toHaveLength(names.length);
  });

  it.each(names)('%s leads to its row', async (name) => {
    expect(await loadRoute(name)).toBe(routes.find((row) => row.name === name));
  });
});
