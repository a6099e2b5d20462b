import { useSyncExternalStore } from 'react';
import { type At, holdsSignature, parsePlace } from './places.ts';

let held = false;

/**
 * Removes a signature from the address, and remembers that one was there. The part behind "#" never reaches a server, but
 * the browser's history may keep it.
 */
export function cleanAddress(): void {
  if (!holdsSignature(location.href)) return;
  held = true;
  history.replaceState(null, '', `${location.pathname}#/lookup`);
}

/** True if the address has held a signature since the page was loaded. */
export const addressHeldSignature = (): boolean => held;

function subscribe(notify: () => void): () => void {
  const changed = () => {
    cleanAddress();
    notify();
  };
  addEventListener('hashchange', changed);
  return () => removeEventListener('hashchange', changed);
}

/** Returns where the console is; null if the address names no place. */
export function useAt(): At | null {
  return parsePlace(useSyncExternalStore(subscribe, () => location.hash));
}

/** Goes to an address made by `placeHref`, or replaces the present one if only a filter changes. */
export function go(href: string, { replace = false } = {}): void {
  if (!replace) location.hash = href;
  else {
    history.replaceState(null, '', href);
    dispatchEvent(new HashChangeEvent('hashchange'));
  }
}
