import { FluentProvider, webDarkTheme, webLightTheme } from '@fluentui/react-components';
import { QueryClientProvider } from '@tanstack/react-query';
import { useState } from 'react';
import { useConnection } from './api/connection.ts';
import { queryClient, useMe } from './api/queries.ts';
import type { Me } from './api/replies.ts';
import { homeOf, missingRoles } from './route/places.ts';
import { useAt } from './route/use-at.ts';
import { SCREENS } from './screens.tsx';
import { useSession } from './session/session.ts';
import { SignInPage, SigningIn } from './session/sign-in-page.tsx';
import { titleOf } from './shell/entries.ts';
import { type Appearance, Shell } from './shell/shell.tsx';
import { Failure } from './state/failure.tsx';
import { Forbidden } from './state/forbidden.tsx';
import { Misconfigured } from './state/misconfigured.tsx';
import { usePrefersDark } from './theme/use-media.ts';
import type { Zone } from './time/format.ts';
import { ZoneContext } from './time/zone.ts';

export function App() {
  const prefersDark = usePrefersDark();
  const [chosen, onDark] = useState<boolean | null>(null);
  const [zone, onZone] = useState<Zone>('utc');
  const dark = chosen ?? prefersDark;
  return (
    <FluentProvider theme={dark ? webDarkTheme : webLightTheme} className={dark ? 'dark' : 'light'}>
      <QueryClientProvider client={queryClient}>
        <ZoneContext value={zone}>
          <Session dark={dark} onDark={onDark} zone={zone} onZone={onZone} />
        </ZoneContext>
      </QueryClientProvider>
    </FluentProvider>
  );
}

function Session(appearance: Appearance) {
  const session = useSession();
  if (session.status === 'starting') return <SigningIn />;
  if (session.status === 'none') return <SignInPage fault={session.fault} />;
  return <SignedIn {...appearance} />;
}

function SignedIn(appearance: Appearance) {
  const { misconfigured } = useConnection();
  const me = useMe();
  if (misconfigured) return <Misconfigured />;
  if (me.data !== undefined) return <Place me={me.data} {...appearance} />;
  if (!me.isError) return <SigningIn />;
  return (
    <main className="alone">
      <Failure
        error={me.error}
        what="The broker did not say who you are."
        onRetry={() => void me.refetch()}
      />
    </main>
  );
}

function Place({ me, ...appearance }: Appearance & { readonly me: Me }) {
  const { place, params } = useAt() ?? { place: homeOf(me.roles), params: {} };
  const title = titleOf(place, me.roles);
  const needed = missingRoles(place, me.roles);
  const Screen = SCREENS[place];
  return (
    <Shell me={me} place={place} title={title} {...appearance}>
      {needed !== null ? (
        <Forbidden title={title} needed={needed} roles={me.roles} />
      ) : (
        <Screen key={place} me={me} params={params} />
      )}
    </Shell>
  );
}
