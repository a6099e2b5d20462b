import type { ReactNode } from 'react';

/** One sentence, and the next step. */
export function Empty({ children }: { readonly children: ReactNode }) {
  return <div className="empty">{children}</div>;
}
