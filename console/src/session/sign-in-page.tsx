import { Button, Link, MessageBar, MessageBarBody, Spinner } from '@fluentui/react-components';
import { useEffect } from 'react';
import { BrandIcon } from '../parts/icons.tsx';
import { addressHeldSignature } from '../route/use-at.ts';
import { providerOf } from './provider.ts';
import { signIn } from './session.ts';
import { signInWith } from './sign-in.ts';

/** The page before somebody signs in. It never leaves for the provider on its own at a first visit. */
export function SignInPage({ fault }: { readonly fault: string | null }) {
  useEffect(() => {
    document.title = 'Sign in · SAS token broker';
  }, []);
  const provider = providerOf(signInWith.authorizationEndpoint);
  return (
    <main className="alone">
      <section className="card">
        <BrandIcon className="alone-icon" />
        <h1>Sign in to the SAS token broker</h1>
        {signInWith.title === null ? null : <p className="muted">{signInWith.title}</p>}
        {addressHeldSignature() ? (
          <MessageBar intent="error" layout="multiline">
            <MessageBarBody>
              The address held a SAS. It was removed here, but the browser’s history may have it. Treat it as
              leaked.
            </MessageBarBody>
          </MessageBar>
        ) : null}
        {fault === null ? null : (
          <MessageBar intent="error" layout="multiline" role="alert">
            <MessageBarBody>{fault}</MessageBarBody>
          </MessageBar>
        )}
        <Button appearance="primary" size="large" onClick={() => void signIn()}>
          {fault === null ? `Sign in${provider === null ? '' : ` with ${provider}`}` : 'Try again'}
        </Button>
        <p className="muted">
          See which tokens you may have, and get one. What else you see depends on your role.{' '}
          <Link href="../openapi.json">The API</Link> does the same without a browser.
        </p>
      </section>
    </main>
  );
}

/** The page while the provider's answer is redeemed, or while the browser leaves for the provider. */
export function SigningIn() {
  return (
    <main className="alone">
      <Spinner label="Signing in" />
    </main>
  );
}
