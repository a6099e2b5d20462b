import {
  Button,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
} from '@fluentui/react-components';
import { waitText } from '../accounts/account-text.ts';
import type { RotationState } from '../api/replies.ts';
import { placeHref } from '../route/places.ts';
import { Time } from '../time/time.tsx';
import { bannersOf } from './banners.ts';

/** What somebody should look at, worst first. */
export function AccountBanners({ accounts }: { readonly accounts: readonly RotationState[] }) {
  return bannersOf(accounts).map(({ state, intent, title }) => (
    <MessageBar key={state.account} intent={intent} layout="multiline">
      <MessageBarBody>
        <MessageBarTitle>{title}</MessageBarTitle> {waitText(state.phase)} {state.lastError}
        {state.drainingUntil === null ? null : (
          <>
            {' '}
            It drains until <Time at={state.drainingUntil} as="near" />.
          </>
        )}
      </MessageBarBody>
      <MessageBarActions>
        <Button as="a" size="small" href={placeHref('account', { account: state.account })}>
          Open {state.account}
        </Button>
      </MessageBarActions>
    </MessageBar>
  ));
}
