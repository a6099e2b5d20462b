import { useEffect } from 'react';
import { placeHref } from '../route/places.ts';
import { go } from '../route/use-at.ts';

/** The id of Look up's box. */
export const LOOKUP_BOX = 'lookup-box';

/** True until the screen opens, after somebody pressed "/" elsewhere. */
let focusBox = false;

/** Names the window after the screen, and moves the focus to its heading; to Look up's box after "/". */
export function useFocusOnPlace(place: string, title: string): void {
  useEffect(() => {
    document.title = `${title} · SAS token broker`;
    scrollTo(0, 0);
    const box = focusBox ? document.getElementById(LOOKUP_BOX) : null;
    focusBox = false;
    (box ?? document.querySelector<HTMLElement>('main h1'))?.focus({ preventScroll: true });
  }, [place, title]);
}

/** "/" leads into Look up's box from anywhere but a field. */
export function useSlashKey(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isField(event.target))
        return;
      event.preventDefault();
      const box = document.getElementById(LOOKUP_BOX);
      if (box !== null) {
        box.focus();
        return;
      }
      focusBox = true;
      go(placeHref('lookup'));
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}

function isField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (/^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable)
  );
}
