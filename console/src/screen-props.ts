import type { Me } from './api/replies.ts';
import type { Params } from './route/places.ts';

/** What every screen gets. */
export interface ScreenProps {
  readonly me: Me;
  readonly params: Params;
}
