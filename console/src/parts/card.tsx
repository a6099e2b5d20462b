import { type ReactNode, useId } from 'react';

interface Props {
  readonly title: ReactNode;
  readonly about?: ReactNode;
  /** On the right of the title. */
  readonly tools?: ReactNode;
  readonly className?: string;
  readonly children: ReactNode;
}

/** A part of a screen with a heading. */
export function Card({ title, about, tools, className = '', children }: Props) {
  const id = useId();
  return (
    <section className={`card ${className}`} aria-labelledby={id}>
      <header className="card-head">
        <div>
          <h2 id={id}>{title}</h2>
          {about === undefined ? null : <p className="muted">{about}</p>}
        </div>
        {tools}
      </header>
      {children}
    </section>
  );
}
