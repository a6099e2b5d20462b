import { endSession } from './session.ts';

const HIDDEN_MS = 30 * 60_000;

/** Ends the session once the tab has been hidden for half an hour. */
export function watchIdle(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  document.addEventListener('visibilitychange', () => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(endSession, HIDDEN_MS);
  });
}
