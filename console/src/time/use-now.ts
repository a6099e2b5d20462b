import { useSyncExternalStore } from 'react';
import { brokerNow } from '../api/connection.ts';

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let now = Math.floor(brokerNow() / 1000);

function subscribe(notify: () => void): () => void {
  listeners.add(notify);
  timer ??= setInterval(() => {
    now = Math.floor(brokerNow() / 1000);
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(notify);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** Returns the broker's time, which changes each second. */
export function useNow(): Date {
  return new Date(useSyncExternalStore(subscribe, () => now) * 1000);
}
