import {
  Button,
  DrawerBody,
  DrawerHeader,
  DrawerHeaderTitle,
  OverlayDrawer,
  Tooltip,
} from '@fluentui/react-components';
import { type ReactNode, useState } from 'react';
import type { Me } from '../api/replies.ts';
import { BrandIcon, CloseIcon, MenuIcon, MoonIcon, SunIcon } from '../parts/icons.tsx';
import { homeOf, type Place, placeHref } from '../route/places.ts';
import { signInWith } from '../session/sign-in.ts';
import type { Zone } from '../time/format.ts';
import { Banners } from './banners.tsx';
import { Navigation } from './navigation.tsx';
import { PersonMenu } from './person-menu.tsx';
import { ReadinessPill } from './readiness-pill.tsx';
import { useFocusOnPlace, useSlashKey } from './use-keys.ts';

export interface Appearance {
  readonly dark: boolean;
  readonly onDark: (dark: boolean) => void;
  readonly zone: Zone;
  readonly onZone: (zone: Zone) => void;
}

interface Props extends Appearance {
  readonly me: Me;
  readonly place: Place;
  readonly title: string;
  readonly children: ReactNode;
}

/** The bar, the navigation, and the screen between them. */
export function Shell({ me, place, title, children, ...appearance }: Props) {
  const [open, setOpen] = useState(false);
  useFocusOnPlace(place, title);
  useSlashKey();
  return (
    <div className="shell">
      <a
        className="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById('main')?.focus();
        }}
      >
        Skip to content
      </a>
      <Bar me={me} {...appearance} onMenu={() => setOpen(true)} />
      <div className="side">
        <Navigation place={place} roles={me.roles} />
      </div>
      <OverlayDrawer open={open} onOpenChange={(_, data) => setOpen(data.open)} position="start" size="small">
        <DrawerHeader>
          <DrawerHeaderTitle
            action={
              <Button
                appearance="subtle"
                aria-label="Close"
                icon={<CloseIcon />}
                onClick={() => setOpen(false)}
              />
            }
          >
            SAS token broker
          </DrawerHeaderTitle>
        </DrawerHeader>
        <DrawerBody className="drawer-nav">
          <Navigation place={place} roles={me.roles} onGo={() => setOpen(false)} />
        </DrawerBody>
      </OverlayDrawer>
      <main id="main" tabIndex={-1}>
        <Banners />
        {children}
      </main>
    </div>
  );
}

interface BarProps extends Appearance {
  readonly me: Me;
  readonly onMenu: () => void;
}

function Bar({ me, dark, onDark, zone, onZone, onMenu }: BarProps) {
  const other = dark ? 'Light theme' : 'Dark theme';
  return (
    <header className="bar">
      <Button
        className="burger"
        appearance="transparent"
        icon={<MenuIcon />}
        aria-label="Menu"
        onClick={onMenu}
      />
      <a className="brand" href={placeHref(homeOf(me.roles))}>
        <BrandIcon />
        <span>SAS token broker</span>
      </a>
      {signInWith.title === null ? null : <span className="where">{signInWith.title}</span>}
      <span className="grow" />
      <ReadinessPill />
      <Tooltip content={other} relationship="label">
        <Button
          appearance="transparent"
          className="on-bar"
          icon={dark ? <SunIcon /> : <MoonIcon />}
          onClick={() => onDark(!dark)}
        />
      </Tooltip>
      <PersonMenu me={me} zone={zone} onZone={onZone} />
    </header>
  );
}
