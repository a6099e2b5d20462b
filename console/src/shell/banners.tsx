import {
  Button,
  Link,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
} from '@fluentui/react-components';
import { useConnection } from '../api/connection.ts';
import { useReadiness } from '../api/queries.ts';
import { placeHref } from '../route/places.ts';
import { addressHeldSignature } from '../route/use-at.ts';
import { signIn, useSession } from '../session/session.ts';
import { Time } from '../time/time.tsx';
import { readinessText } from './readiness-text.ts';

/** What concerns every screen, worst first. */
export function Banners() {
  const session = useSession();
  const connection = useConnection();
  const { data: readiness } = useReadiness();
  return (
    <>
      {session.status === 'ended' ? <SessionEnded /> : null}
      {addressHeldSignature() ? <HeldSignature /> : null}
      {connection.offline ? <Offline lastReplyAt={connection.lastReplyAt} /> : null}
      {readiness !== undefined && readiness.status !== 'ready' ? (
        <MessageBar intent={readiness.status === 'unavailable' ? 'error' : 'warning'} layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>The broker is {readiness.status}.</MessageBarTitle> {readinessText(readiness)}
          </MessageBarBody>
        </MessageBar>
      ) : null}
    </>
  );
}

function SessionEnded() {
  return (
    <MessageBar intent="warning" layout="multiline" role="alert">
      <MessageBarBody>
        <MessageBarTitle>Your session has ended.</MessageBarTitle> Signing in again brings you back to this
        place. What you have typed is lost.
      </MessageBarBody>
      <MessageBarActions>
        <Button size="small" appearance="primary" onClick={() => void signIn()}>
          Sign in again
        </Button>
      </MessageBarActions>
    </MessageBar>
  );
}

function HeldSignature() {
  return (
    <MessageBar intent="error" layout="multiline" role="alert">
      <MessageBarBody>
        <MessageBarTitle>The address held a SAS.</MessageBarTitle> It was removed here, but the browser’s
        history may have it. Treat it as leaked. <Link href={placeHref('lookup')}>Look up</Link>
      </MessageBarBody>
    </MessageBar>
  );
}

function Offline({ lastReplyAt }: { readonly lastReplyAt: number | null }) {
  return (
    <MessageBar intent="warning" layout="multiline" role="status">
      <MessageBarBody>
        <MessageBarTitle>No connection to the broker.</MessageBarTitle>
        {lastReplyAt === null ? null : (
          <>
            {' '}
            Last data <Time at={new Date(lastReplyAt).toISOString()} as="clock" />.
          </>
        )}
      </MessageBarBody>
    </MessageBar>
  );
}
