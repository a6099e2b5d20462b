import type { ReactNode } from 'react';
import { AccountScreen } from './accounts/account-screen.tsx';
import { AccountsScreen } from './accounts/accounts-screen.tsx';
import { ActivityScreen } from './activity/activity-screen.tsx';
import { BlocksScreen } from './blocks/blocks-screen.tsx';
import { GenerateScreen } from './generate/generate-screen.tsx';
import { GrantsScreen } from './grants/grants-screen.tsx';
import { LookupScreen } from './lookup/lookup-screen.tsx';
import { OverviewScreen } from './overview/overview-screen.tsx';
import { PlanScreen } from './plan/plan-screen.tsx';
import type { Place } from './route/places.ts';
import type { ScreenProps } from './screen-props.ts';
import { TokensScreen } from './tokens/tokens-screen.tsx';

/** The screen of each place. `app.tsx` has checked the roles that a place needs. */
export const SCREENS: Readonly<Record<Place, (props: ScreenProps) => ReactNode>> = {
  overview: OverviewScreen,
  lookup: LookupScreen,
  plan: PlanScreen,
  tokens: TokensScreen,
  activity: ActivityScreen,
  accounts: AccountsScreen,
  account: AccountScreen,
  blocks: BlocksScreen,
  grants: GrantsScreen,
  generate: GenerateScreen,
};
