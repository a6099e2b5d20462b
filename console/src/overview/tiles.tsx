import type { Tile } from './tiles.ts';

/** Figures that lead to what they count. */
export function Tiles({ tiles }: { readonly tiles: readonly Tile[] }) {
  return (
    <ul className="tiles">
      {tiles.map(({ href, value, text, sub, bad }) => (
        <li key={text}>
          <a href={href}>
            <b className={bad ? 'bad' : ''}>{value ?? '–'}</b>
            <span>{text}</span>
            <small>{sub ?? ' '}</small>
          </a>
        </li>
      ))}
    </ul>
  );
}
