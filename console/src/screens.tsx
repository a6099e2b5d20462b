import type { ReactNode } from 'react';
import { AccountScreen } from './accounts/account-screen.tsx';
import { AccountsScreen } from './accounts/accounts-screen.tsx';
import { BlocksScreen } from './blocks/blocks-screen.tsx';
import { GenerateScreen } from './generate/generate-screen.tsx';
import { GrantsScreen } from './grants/grants-screen.tsx';
import { OverviewScreen } from './overview/overview-screen.tsx';
import { PageHead } from './parts/page-head.tsx';
import { type Place, TITLES } from './route/places.ts';
import type { ScreenProps } from './screen-props.ts';
import { Empty } from './state/empty.tsx';

/** The screen of each place. `app.tsx` has checked the roles that a place needs. */
export const SCREENS: Readonly<Partial<Record<Place, (props: ScreenProps) => ReactNode>>> = {
  overview: OverviewScreen,
  accounts: AccountsScreen,
  account: AccountScreen,
  blocks: BlocksScreen,
  grants: GrantsScreen,
  generate: GenerateScreen,
};

/** A place whose screen is not built yet. */
export function NoScreen({ place }: { readonly place: Place }) {
  return (
    <>
      <PageHead title={TITLES[place]} />
      <section className="card">
        <Empty>The console does not have this screen yet. The API does the same: see docs/http-api.md.</Empty>
      </section>
    </>
  );
}
