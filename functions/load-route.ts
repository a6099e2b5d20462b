import type { RouteName } from './addresses.ts';
import type { Route } from './route.ts';

const health = async () => (await import('./health-routes.ts')).healthRoutes;
const tokens = async () => (await import('./token-routes.ts')).tokenRoutes;

/** Imports the rows of the routes that clients and probes call all the time. */
const GROUPS: Partial<Record<RouteName, () => Promise<readonly Route[]>>> = {
  issueToken: async () => [(await import('./issue-token.ts')).issueTokenRoute],
  issueBatch: tokens,
  explainToken: tokens,
  completeToken: tokens,
  lookUpToken: tokens,
  getToken: tokens,
  getReadiness: health,
};

/** Loads the row of a route. Its schemas take most of the time, so only operators' and auditors' routes load all rows. */
export async function loadRoute(name: RouteName): Promise<Route> {
  const rows = await (GROUPS[name]?.() ?? import('./routes.ts').then(({ routes }) => routes));
  const row = rows.find((one) => one.name === name);
  if (row === undefined) throw new RangeError(`the group of ${name} has no such route`);
  return row;
}
