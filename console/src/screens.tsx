import type { ReactNode } from 'react';
import type { Me } from './api/replies.ts';
import { PageHead } from './parts/page-head.tsx';
import { type At, type Place, TITLES } from './route/places.ts';
import { Empty } from './state/empty.tsx';

export interface ScreenProps {
  readonly me: Me;
  readonly params: At['params'];
}

/** The screen of each place. `app.tsx` has checked the roles that a place needs. */
export const SCREENS: Readonly<Partial<Record<Place, (props: ScreenProps) => ReactNode>>> = {};

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
