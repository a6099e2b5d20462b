import type { ConsoleSignIn } from '../../../shared/config/broker-config.ts';

/** How people sign in, from the page's `<meta name="sign-in">`. */
export const signInWith: ConsoleSignIn = JSON.parse(
  document.querySelector<HTMLMetaElement>('meta[name="sign-in"]')?.content ?? '{}',
) as ConsoleSignIn;
