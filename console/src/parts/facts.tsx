import { Fragment, type ReactNode } from 'react';

/** A list of names and values, one pair a line. Pairs whose value is null are left out. */
export function Facts({ rows }: { readonly rows: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="facts">
      {rows
        .filter(([, value]) => value !== null)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** A path that may break after its slashes. */
export function Path({ text }: { readonly text: string }) {
  return (
    <span className="mono">
      {text.split('/').map((part, index) => (
        <Fragment key={index}>
          {index > 0 ? '/' : ''}
          <wbr />
          {part}
        </Fragment>
      ))}
    </span>
  );
}
