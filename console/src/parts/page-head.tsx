import type { ReactNode } from 'react';

interface Props {
  readonly title: ReactNode;
  readonly about?: ReactNode;
  /** On the right: when the data is from, and what can be done. */
  readonly children?: ReactNode;
}

/** The head of a screen. Its heading takes the focus when the screen opens. */
export function PageHead({ title, about, children }: Props) {
  return (
    <header className="page-head">
      <div>
        <h1 tabIndex={-1}>{title}</h1>
        {about === undefined ? null : <p className="muted">{about}</p>}
      </div>
      {children === undefined ? null : <div className="page-tools">{children}</div>}
    </header>
  );
}
