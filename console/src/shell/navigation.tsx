import { Badge } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import { useAccounts } from '../api/queries.ts';
import {
  AccountsIcon,
  ActivityIcon,
  AddIcon,
  BlocksIcon,
  GrantsIcon,
  HomeIcon,
  SearchIcon,
  TokensIcon,
} from '../parts/icons.tsx';
import { type Place, placeHref } from '../route/places.ts';
import { entryOf, navigationFor, titleOf } from './entries.ts';

const ICONS: Readonly<Partial<Record<Place, ReactNode>>> = {
  overview: <HomeIcon />,
  lookup: <SearchIcon />,
  tokens: <TokensIcon />,
  activity: <ActivityIcon />,
  accounts: <AccountsIcon />,
  blocks: <BlocksIcon />,
  grants: <GrantsIcon />,
  generate: <AddIcon />,
};

interface Props {
  readonly place: Place;
  readonly roles: readonly string[];
  readonly onGo?: () => void;
}

export function Navigation({ place, roles, onGo }: Props) {
  return (
    <nav aria-label="Console">
      {navigationFor(roles).map(({ title, places }) => (
        <div key={title} className="nav-group">
          <h2>{title}</h2>
          <ul>
            {places.map((entry) => (
              <li key={entry}>
                <a
                  href={placeHref(entry)}
                  aria-current={entry === entryOf(place) ? 'page' : undefined}
                  onClick={onGo}
                >
                  {ICONS[entry]}
                  <span>{titleOf(entry, roles)}</span>
                  {entry === 'accounts' ? <OverdueBadge /> : null}
                </a>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

function OverdueBadge() {
  const overdue = useAccounts().data?.items.filter((account) => account.overdue).length ?? 0;
  if (overdue === 0) return null;
  return (
    <Badge size="small" color="danger" aria-label={`${overdue} overdue`}>
      {overdue}
    </Badge>
  );
}
