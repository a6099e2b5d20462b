import { type RefObject, useEffect, useRef } from 'react';

/** Moves the focus to an element when it appears: what had it, such as a button of a dialog, is gone. */
export function useTakeFocus<T extends HTMLElement>(): RefObject<T | null> {
  const ref = useRef<T>(null);
  useEffect(() => {
    // A dialog that closes gives the focus back first.
    const timer = setTimeout(() => ref.current?.focus({ preventScroll: true }), 50);
    return () => clearTimeout(timer);
  }, []);
  return ref;
}
