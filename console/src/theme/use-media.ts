import { useSyncExternalStore } from 'react';

const narrow = matchMedia('(max-width: 719px)');
const dark = matchMedia('(prefers-color-scheme: dark)');

function useMedia(list: MediaQueryList): boolean {
  return useSyncExternalStore(
    (notify) => {
      list.addEventListener('change', notify);
      return () => list.removeEventListener('change', notify);
    },
    () => list.matches,
  );
}

/** True on a telephone: tables become cards, and the navigation a drawer. */
export const useNarrow = (): boolean => useMedia(narrow);
export const usePrefersDark = (): boolean => useMedia(dark);
